import process from 'node:process'
import {
  type CloneReference,
  type CloneRequest,
  type DriverContext,
  type DriverFacts,
  findHolders,
  nameHolders,
  notApplicable,
  PgforkError,
  realDirectory,
  type SnapshotDriver,
  type SnapshotReference,
  type SnapshotRequest,
  type Space,
  type StoredItem,
  type UserIdentity,
  untilNotBusy,
  type Volume,
} from '@pgfork/core/driver'
import type { MemoryItem, MemoryStorage } from './memory-storage.ts'

/** A function of the driver that `MemoryDriverOptions` can interfere with. */
export type MemoryVerb = Exclude<keyof SnapshotDriver, 'name' | 'facts' | 'createVolume'>

export interface MemoryDriverOptions {
  /** Default `memory`. */
  readonly name?: string
  /**
   * What core is to believe. Content is copied file by file, so that of a volume that is being written only
   * `atomicity: 'none'`, the default, is true.
   */
  readonly facts?: Partial<DriverFacts>
  /** Serves only the volumes of these pools. Default: all. */
  readonly pools?: readonly string[]
  /** Behaves as if clones were mounted: one that a process works in is `BUSY` (H56). Default false. */
  readonly clonesAreMounted?: boolean
  /** How long a removal waits for a busy clone, in milliseconds. Default 10,000. */
  readonly busyTimeoutMs?: number
  /**
   * Called before a verb begins, with what it is about: a path (`locate`), a name, or the volume's root (`list`, `space`);
   * for `snapshot` once for each volume. What this throws, the verb throws.
   */
  before?(verb: MemoryVerb, about: string): void
}

/** A driver of a `MemoryStorage`: for unit tests of what works with drivers, and the plainest example of the contract. */
export class MemoryDriver implements SnapshotDriver {
  readonly name: string
  readonly facts: DriverFacts
  readonly #storage: MemoryStorage
  readonly #options: MemoryDriverOptions

  constructor(storage: MemoryStorage, options: MemoryDriverOptions = {}) {
    this.name = options.name ?? 'memory'
    this.facts = {
      atomicity: 'none',
      clonePinsSnapshot: false,
      cloneSharesFileSystem: true,
      releasesSpace: 'immediately',
      ...options.facts,
    }
    this.#storage = storage
    this.#options = options
  }

  async locate(path: string): Promise<Volume> {
    this.#begin('locate', path)
    const real = await realDirectory(path)
    const volume = this.#storage.volumeOf(real)
    if (volume === undefined || this.#options.pools?.includes(volume.pool) === false)
      throw notApplicable(real, `is on no volume of the driver ${this.name}`)
    return volume
  }

  async snapshot({ snapshots }: SnapshotRequest, context: DriverContext): Promise<void> {
    for (const snapshot of snapshots) {
      this.#begin('snapshot', snapshot.name)
      const item = await this.#storage.add('snapshot', snapshot)
      await context.runner.run('cp', ['-a', '--', snapshot.volume.root, item.path])
    }
  }

  async clone(request: CloneRequest, context: DriverContext): Promise<void> {
    this.#begin('clone', request.name)
    const snapshot = this.#storage.get('snapshot', request.snapshot)
    const clone = await this.#storage.add('clone', request, snapshot)
    await context.runner.run('cp', ['-a', '--', snapshot.path, clone.path])
  }

  async attach(clone: CloneReference): Promise<string> {
    this.#begin('attach', clone.name)
    return this.#storage.get('clone', clone).path
  }

  async handOver(clone: CloneReference, { uid, gid }: UserIdentity, { runner }: DriverContext): Promise<void> {
    this.#begin('handOver', clone.name)
    const { path, folder } = this.#storage.get('clone', clone)
    if (uid === process.geteuid?.()) return
    await runner.run('chmod', ['0700', path])
    await runner.run('chown', [`${uid}:${gid}`, path])
    await runner.run('chmod', ['0711', folder])
  }

  async removeClone(reference: CloneReference, context: DriverContext): Promise<void> {
    this.#begin('removeClone', reference.name)
    const clone = this.#storage.find('clone', reference)
    if (clone === undefined) return
    if (this.#options.clonesAreMounted === true) await this.#unmount(clone, context)
    await this.#remove(clone, context)
  }

  async removeSnapshot(reference: SnapshotReference, context: DriverContext): Promise<void> {
    this.#begin('removeSnapshot', reference.name)
    const snapshot = this.#storage.find('snapshot', reference)
    if (snapshot === undefined) return
    const clones = this.#storage.items.filter(({ origin }) => origin === snapshot).map(({ name }) => name)
    if (this.facts.clonePinsSnapshot && clones.length > 0)
      throw new PgforkError('BUSY', `The snapshot ${snapshot.name} is needed by its clones ${clones.join(', ')}.`, {
        hazard: 'H51',
        facts: { clones },
      })
    await this.#remove(snapshot, context)
  }

  async list(volume: Volume): Promise<StoredItem[]> {
    this.#begin('list', volume.root)
    const items = this.#storage.items.filter((item) => item.volume.pool === volume.pool)
    return items.map((item) => ({ kind: item.kind, volume: item.volume, name: item.name, path: item.path }))
  }

  async space(volume: Volume): Promise<Space> {
    this.#begin('space', volume.root)
    return { data: await this.#storage.space(volume) }
  }

  #begin(verb: MemoryVerb, about: string): void {
    this.#options.before?.(verb, about)
  }

  async #unmount({ path }: MemoryItem, context: DriverContext): Promise<void> {
    const attempt = async (): Promise<void> => {
      if ((await findHolders(path)).length > 0) throw new PgforkError('BUSY', `${path} is in use.`)
    }
    await untilNotBusy(attempt, this.#options.busyTimeoutMs ?? 10_000, context).catch(async (error: unknown) => {
      throw await nameHolders(error, `${path} can't be unmounted`, path)
    })
  }

  async #remove(item: MemoryItem, context: DriverContext): Promise<void> {
    await context.runner.run('rm', ['-rf', '--', item.folder])
    this.#storage.forget(item)
  }
}
