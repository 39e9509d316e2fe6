import type { UserIdentity } from '../../command/command-runner.ts'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import type { DriverContext } from './driver-context.ts'
import { findDriver } from './find-driver.ts'
import { loadDriver, loadInstalledDrivers } from './load-drivers.ts'
import type {
  DriverClaims,
  DriverOutline,
  SnapshotDriver,
  SnapshotRequest,
  Space,
  StoredItem,
  Volume,
  VolumeReference,
} from './snapshot-driver.ts'

/** One volume's snapshot or clone, with the name of the driver that it belongs to. Plain data: it is kept in records. */
export interface VolumeCopy {
  readonly driver: string
  readonly volume: Volume
  readonly name: string
}

/** A snapshot or clone that was found in storage, with the name of the driver that found it. */
export interface StoredCopy extends StoredItem {
  readonly driver: string
}

export interface VolumeClone extends VolumeCopy {
  readonly snapshot: VolumeCopy
  readonly consumeSnapshot: boolean
  readonly later?: string
  readonly last?: string
}

interface LocatedVolume {
  readonly driver: string
  readonly volume: Volume
}

export type SnapshotOptions = Pick<SnapshotRequest, 'omit' | 'singleUse'>

/**
 * The drivers of one operation. A cluster may lie on volumes of different storages; every verb goes to the driver of the
 * copy that it is about. Without a choice of the caller's, the installed packages are used.
 */
export class DriverSet {
  readonly #given: readonly SnapshotDriver[] | undefined
  readonly #loaded = new Map<string, SnapshotDriver>()
  readonly #early = new Map<string, Promise<LocatedVolume>>()

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
        `This was made by the storage driver ${name}, which was not passed and is not installed. Pass it in driver.`,
        { facts: { driver: name } },
      )
    this.#loaded.set(name, loaded)
    return loaded
  }

  /** Whether the drivers of all these copies were given or are installed. */
  async have(copies: readonly VolumeCopy[]): Promise<boolean> {
    return Promise.all(copies.map(({ driver }) => this.named(driver))).then(
      () => true,
      (error: unknown) => {
        if (!isPgforkError(error, 'DRIVER_NOT_FOUND')) throw error
        return false
      },
    )
  }

  /** In the order in which they are asked. */
  async all(): Promise<readonly SnapshotDriver[]> {
    return this.#given ?? (await loadInstalledDrivers())
  }

  async locate(path: string, context: DriverContext): Promise<LocatedVolume> {
    const early = this.#early.get(path)
    this.#early.delete(path)
    if (early !== undefined) return early
    const { driver, volume } = await findDriver(path, await this.all(), context)
    this.#loaded.set(driver.name, driver)
    return { driver: driver.name, volume }
  }

  /** Locates a path beside something else. What was found, or why nothing was, is told by the next `locate` of that path. */
  async locateEarly(path: string, context: DriverContext): Promise<void> {
    const locating = this.locate(path, context)
    this.#early.set(path, locating)
    await Promise.allSettled([locating])
  }

  /**
   * The volume of a source on another host.
   *
   * @throws PgforkError `DRIVER_UNSUPPORTED` for storage of one host
   */
  async resolve(reference: VolumeReference, context: DriverContext): Promise<LocatedVolume> {
    const driver = await this.named(reference.driver)
    if (driver.resolve === undefined)
      throw new PgforkError(
        'DRIVER_UNSUPPORTED',
        `The driver ${driver.name} knows no volumes of other hosts. Fork ${reference.volume} on the host that has it mounted.`,
        { facts: { driver: driver.name, volume: reference.volume } },
      )
    this.#loaded.set(driver.name, driver)
    return { driver: driver.name, volume: await driver.resolve(reference, context) }
  }

  /** What keeps names apart over all hosts that have a copy's storage; undefined where this one alone has it. */
  async claimsOf({ driver }: Pick<VolumeCopy, 'driver'>): Promise<DriverClaims | undefined> {
    const { facts, claims } = await this.named(driver)
    return facts.reach === 'cluster' ? claims : undefined
  }

  /** A snapshot of one of these copies holds only what its source has flushed (H96). */
  async captureFlushedOnly(copies: readonly VolumeCopy[]): Promise<boolean> {
    const drivers = await Promise.all(copies.map(({ driver }) => this.named(driver)))
    return drivers.some(({ facts }) => facts.captures === 'flushed')
  }

  /** Those of these copies that a power cut would take as long as nobody flushes them (H140). */
  async unflushed<Copy extends VolumeCopy>(copies: readonly Copy[]): Promise<Copy[]> {
    const drivers = await Promise.all(copies.map(({ driver }) => this.named(driver)))
    return copies.filter((_, index) => drivers[index]?.facts.leaves === 'unflushed')
  }

  /** Whether one snapshot call would capture all these copies at one instant (H4). */
  async areCapturedAtOneInstant(copies: readonly VolumeCopy[]): Promise<boolean> {
    const [first] = copies
    if (first === undefined || copies.some(({ driver }) => driver !== first.driver)) return false
    const { atomicity } = (await this.named(first.driver)).facts
    if (atomicity === 'none') return false
    if (copies.length === 1) return true
    return atomicity === 'pool' && copies.every(({ volume }) => volume.pool === first.volume.pool)
  }

  /** One call a driver, so that what can be captured together is. */
  async snapshot(copies: readonly VolumeCopy[], options: SnapshotOptions, context: DriverContext): Promise<void> {
    for (const name of new Set(copies.map(({ driver }) => driver))) {
      const snapshots = copies.filter(({ driver }) => driver === name)
      await (await this.named(name)).snapshot({ ...options, snapshots }, context)
    }
  }

  async clone(copy: VolumeClone, context: DriverContext): Promise<void> {
    await (await this.named(copy.driver)).clone(copy, context)
  }

  async finishClone(copy: VolumeCopy, context: DriverContext): Promise<void> {
    await (await this.named(copy.driver)).finishClone?.(copy, context)
  }

  async attach(copy: VolumeCopy, context: DriverContext): Promise<string> {
    return (await this.named(copy.driver)).attach(copy, context)
  }

  async handOver(copy: VolumeCopy, owner: UserIdentity, context: DriverContext): Promise<void> {
    await (await this.named(copy.driver)).handOver(copy, owner, context)
  }

  async removeClone(copy: VolumeCopy, context: DriverContext): Promise<void> {
    await (await this.named(copy.driver)).removeClone(copy, context)
  }

  async removeSnapshot(copy: VolumeCopy, context: DriverContext): Promise<void> {
    await (await this.named(copy.driver)).removeSnapshot(copy, context)
  }

  /** What a verb's driver would run for it; undefined where it doesn't tell. */
  async outlineOf({ driver }: Pick<VolumeCopy, 'driver'>): Promise<DriverOutline | undefined> {
    return (await this.named(driver)).outline
  }

  /** Everything in a volume's pool that carries the mark of the volume's driver. */
  async list({ driver, volume }: Omit<VolumeCopy, 'name'>, context: DriverContext): Promise<StoredCopy[]> {
    const items = await (await this.named(driver)).list(volume, context)
    return items.map((item) => ({ driver, ...item }))
  }

  async space(copy: VolumeCopy, context: DriverContext): Promise<Space> {
    return (await this.named(copy.driver)).space(copy.volume, context)
  }

  /** Undefined where the driver can't tell. */
  async ownBytes(copy: VolumeCopy, context: DriverContext): Promise<number | undefined> {
    return (await this.named(copy.driver)).ownBytes?.(copy, context)
  }

  /** A clone of one of these copies needs its snapshot as long as it lives. */
  async clonesPinSnapshots(copies: readonly VolumeCopy[]): Promise<boolean> {
    const drivers = await Promise.all(copies.map(({ driver }) => this.named(driver)))
    return drivers.some(({ facts }) => facts.clonePinsSnapshot)
  }

  /** A clone of one of these copies lies on its source's file system (H18). */
  async clonesShareFileSystem(copies: readonly VolumeCopy[]): Promise<boolean> {
    const drivers = await Promise.all(copies.map(({ driver }) => this.named(driver)))
    return drivers.some(({ facts }) => facts.cloneSharesFileSystem)
  }
}
