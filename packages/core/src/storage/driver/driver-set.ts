import { PgforkError } from '../../errors/pgfork-error.ts'
import type { DriverContext } from './driver-context.ts'
import { findDriver } from './find-driver.ts'
import { loadDriver, loadInstalledDrivers } from './load-drivers.ts'
import type { CloneRequest, SnapshotDriver, SnapshotRequest, Space, StoredItem, Volume } from './snapshot-driver.ts'

/** One volume's snapshot or clone, with the name of the driver that it belongs to. Plain data: it is kept in records. */
export interface Part {
  readonly driver: string
  readonly volume: Volume
  readonly name: string
}

/** A snapshot or clone that was found in storage, with the name of the driver that found it. */
export interface StoredPart extends StoredItem {
  readonly driver: string
}

export interface ClonePart extends Part {
  readonly snapshot: Part
  readonly owner: NonNullable<CloneRequest['owner']>
  readonly consumeSnapshot: boolean
}

export type SnapshotOptions = Pick<SnapshotRequest, 'omit' | 'singleUse'>

/**
 * The drivers of one operation. A cluster may lie on volumes of different storages; every verb goes to the driver of the
 * part that it is about. Without a choice of the caller's, the installed packages are used.
 */
export class DriverSet {
  readonly #given: readonly SnapshotDriver[] | undefined
  readonly #loaded = new Map<string, SnapshotDriver>()

  constructor(given: SnapshotDriver | readonly SnapshotDriver[] | undefined) {
    this.#given = given === undefined ? undefined : [given].flat()
  }

  /** @throws PgforkError `DRIVER_NOT_FOUND` */
  async named(name: string): Promise<SnapshotDriver> {
    const known = this.#given?.find((driver) => driver.name === name) ?? this.#loaded.get(name)
    if (known !== undefined) return known
    const loaded = this.#given === undefined ? await loadDriver(name) : undefined
    if (loaded === undefined)
      throw new PgforkError(
        'DRIVER_NOT_FOUND',
        `This belongs to the storage driver ${name}, which was not given and is not installed. Pass it in driver.`,
        { facts: { driver: name } },
      )
    this.#loaded.set(name, loaded)
    return loaded
  }

  /** In the order in which they are asked. */
  async all(): Promise<readonly SnapshotDriver[]> {
    return this.#given ?? (await loadInstalledDrivers())
  }

  async locate(path: string, context: DriverContext): Promise<{ driver: string; volume: Volume }> {
    const { driver, volume } = await findDriver(path, await this.all(), context)
    this.#loaded.set(driver.name, driver)
    return { driver: driver.name, volume }
  }

  /** Whether one snapshot call would capture all these parts at one instant (H4). */
  async areCapturedAtOneInstant(parts: readonly Part[]): Promise<boolean> {
    const [first] = parts
    if (first === undefined || parts.some(({ driver }) => driver !== first.driver)) return false
    const { atomicity } = (await this.named(first.driver)).facts
    if (atomicity === 'none') return false
    if (parts.length === 1) return true
    return atomicity === 'pool' && parts.every(({ volume }) => volume.pool === first.volume.pool)
  }

  /** One call a driver, so that what can be captured together is. */
  async snapshot(parts: readonly Part[], options: SnapshotOptions, context: DriverContext): Promise<void> {
    for (const name of new Set(parts.map(({ driver }) => driver))) {
      const snapshots = parts.filter(({ driver }) => driver === name)
      await (await this.named(name)).snapshot({ ...options, snapshots }, context)
    }
  }

  async clone(part: ClonePart, context: DriverContext): Promise<void> {
    await (await this.named(part.driver)).clone(part, context)
  }

  async attach(part: Part, context: DriverContext): Promise<string> {
    return (await this.named(part.driver)).attach(part, context)
  }

  async removeClone(part: Part, context: DriverContext): Promise<void> {
    await (await this.named(part.driver)).removeClone(part, context)
  }

  async removeSnapshot(part: Part, context: DriverContext): Promise<void> {
    await (await this.named(part.driver)).removeSnapshot(part, context)
  }

  /** Everything in a volume's pool that carries the mark of the volume's driver. */
  async list({ driver, volume }: Omit<Part, 'name'>, context: DriverContext): Promise<StoredPart[]> {
    const items = await (await this.named(driver)).list(volume, context)
    return items.map((item) => ({ driver, ...item }))
  }

  async space(part: Part, context: DriverContext): Promise<Space> {
    return (await this.named(part.driver)).space(part.volume, context)
  }

  /** A clone of one of these parts needs its snapshot as long as it lives. */
  async clonesPinSnapshots(parts: readonly Part[]): Promise<boolean> {
    const drivers = await Promise.all(parts.map(({ driver }) => this.named(driver)))
    return drivers.some(({ facts }) => facts.clonePinsSnapshot)
  }

  /** A clone of one of these parts lies on its source's file system (H18). */
  async clonesShareFileSystem(parts: readonly Part[]): Promise<boolean> {
    const drivers = await Promise.all(parts.map(({ driver }) => this.named(driver)))
    return drivers.some(({ facts }) => facts.cloneSharesFileSystem)
  }
}
