import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type CloneReference,
  isSystemError,
  PgforkError,
  type SnapshotReference,
  type StoredItem,
  type Volume,
} from '@pgfork/core/driver'

/** A snapshot or clone of a memory storage. */
export interface MemoryItem {
  readonly kind: StoredItem['kind']
  readonly volume: Volume
  readonly name: string
  /** A folder that only its user can enter; the content is `volume` in it. */
  readonly folder: string
  readonly path: string
  /** The snapshot that a clone was made of. */
  readonly origin: MemoryItem | undefined
}

/** A directory that counts as a volume. */
export interface MemoryVolume {
  /** An existing directory without symbolic links in its path. */
  readonly root: string
  /** Default `memory`: all volumes share their space. */
  readonly pool?: string
}

/**
 * A storage for tests that need no real one: which volumes, snapshots and clones there are is known in memory alone, and
 * gone with the process. Their content is ordinary folders, copied with `cp`, so that whoever removes `folder` removes all.
 */
export class MemoryStorage {
  readonly #folder: string
  readonly #totalBytes: number
  readonly #volumes: Volume[] = []
  readonly #items = new Map<string, MemoryItem>()
  /** Short names for volumes, by id. */
  readonly #numbers = new Map<string, number>()

  /** `folder` holds the content of snapshots and clones; `totalBytes` is the size of each pool, by default 1 GiB. */
  constructor(folder: string, { totalBytes = 2 ** 30 }: { readonly totalBytes?: number } = {}) {
    this.#folder = folder
    this.#totalBytes = totalBytes
  }

  addVolume({ root, pool = 'memory' }: MemoryVolume): Volume {
    const volume = { id: `memory:${root}`, pool, root, copyOnWrite: false, attributes: {} }
    this.#volumes.push(volume)
    return volume
  }

  get items(): readonly MemoryItem[] {
    return [...this.#items.values()]
  }

  /** The volume that a path lies on; a clone is a volume, too. */
  volumeOf(path: string): Volume | undefined {
    const clones = this.items.filter(({ kind }) => kind === 'clone')
    const volumes = [...this.#volumes, ...clones.map((clone) => ({ ...clone.volume, ...rootOf(clone) }))]
    const found = volumes.filter(({ root }) => path === root || path.startsWith(`${root}/`))
    return found.sort((one, other) => other.root.length - one.root.length)[0]
  }

  find(kind: StoredItem['kind'], { volume, name }: SnapshotReference | CloneReference): MemoryItem | undefined {
    return this.#items.get(keyOf(kind, volume, name))
  }

  /** @throws PgforkError `COPY_MISSING` */
  get(kind: StoredItem['kind'], reference: SnapshotReference | CloneReference): MemoryItem {
    const item = this.find(kind, reference)
    if (item !== undefined) return item
    throw new PgforkError('COPY_MISSING', `There is no ${kind} ${reference.name} of ${reference.volume.root}.`)
  }

  /** Notes an item and makes its folder. From here on it can be listed and removed, whatever becomes of its content. */
  async add(
    kind: StoredItem['kind'],
    reference: SnapshotReference | CloneReference,
    origin?: MemoryItem,
  ): Promise<MemoryItem> {
    const { volume, name } = reference
    if (this.find(kind, reference) !== undefined)
      throw new PgforkError('TARGET_EXISTS', `There is a ${kind} ${name} of ${volume.root}. Choose another name.`, {
        hazard: 'H6',
      })
    const folder = join(this.#folder, `${kind}-${this.#numberOf(volume)}-${name}`)
    const item = { kind, volume, name, folder, path: join(folder, 'volume'), origin }
    this.#items.set(keyOf(kind, volume, name), item)
    await mkdir(folder, { mode: 0o700 })
    return item
  }

  forget({ kind, volume, name }: MemoryItem): void {
    this.#items.delete(keyOf(kind, volume, name))
  }

  #numberOf({ id }: Volume): number {
    const number = this.#numbers.get(id) ?? this.#numbers.size
    this.#numbers.set(id, number)
    return number
  }

  /** What the files of a pool's volumes, snapshots and clones add up to. */
  async space({ pool }: Volume): Promise<{ readonly usedBytes: number; readonly totalBytes: number }> {
    const ofPool = [...this.#volumes.map((volume) => ({ volume, path: volume.root })), ...this.items]
    const sizes = await Promise.all(ofPool.filter(({ volume }) => volume.pool === pool).map(({ path }) => sizeOf(path)))
    return { usedBytes: sizes.reduce((sum, size) => sum + size, 0), totalBytes: this.#totalBytes }
  }
}

const keyOf = (kind: StoredItem['kind'], { id }: Volume, name: string): string => `${kind} ${name} of ${id}`

const rootOf = ({ path }: MemoryItem): Pick<Volume, 'id' | 'root'> => ({ id: `memory:${path}`, root: path })

async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path)
    if (!found.isDirectory()) return found.size
    const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))))
    return sizes.reduce((sum, size) => sum + size, 0)
  } catch (error) {
    // Removed meanwhile, not made yet, or a link that leads nowhere.
    if (isSystemError(error, 'ENOENT')) return 0
    throw error
  }
}
