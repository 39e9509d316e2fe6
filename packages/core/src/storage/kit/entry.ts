import { lstat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { StoredItem, Volume } from '../driver/snapshot-driver.ts'

/** Where a driver keeps the snapshots and clones of a volume, and perhaps of others. */
export interface EntryFolder {
  readonly folder: string
  readonly driver: string
  /** The volume that an entry is of; in a listing, of one whose mark was lost in a power cut. */
  readonly volume: Volume
  /** Where clones are mounted instead of in their entries: a folder in which only root makes anything. */
  readonly mountFolder?: string
  /**
   * That the storage of the folder is there, so that what isn't in it is gone (H72); throws `STORAGE_MISSING`. A driver whose entries
   * are mount points proves elsewhere that what is mounted there is gone.
   */
  requireStorage?(): Promise<void>
}

/**
 * One snapshot or clone of a driver that keeps them in a folder of ours:
 *
 *     <folder>/snapshots/<name>/mark.json     what the entry is, written before anything else
 *     <folder>/snapshots/<name>/volume        its files
 *     <folder>/clones/<name>/mark.json
 *     <folder>/clones/<name>/volume
 *
 * `<name>` is ours for ever, and nobody else may enter it, whatever modes the files below have (H29). When a clone is handed over,
 * its user may pass through; what becomes his is `volume`.
 */
export interface Entry extends EntryFolder {
  readonly kind: StoredItem['kind']
  readonly name: string
}

const filesName = 'volume'
const markName = 'mark.json'

export const kindPath = ({ folder, kind }: Pick<Entry, 'folder' | 'kind'>): string => join(folder, `${kind}s`)
export const entryPath = (entry: Pick<Entry, 'folder' | 'kind' | 'name'>): string => join(kindPath(entry), entry.name)
export const markPath = (entry: Pick<Entry, 'folder' | 'kind' | 'name'>): string => join(entryPath(entry), markName)

/** Where an entry's files are, or are to be made or mounted. */
export const entryFiles = (entry: Pick<Entry, 'folder' | 'kind' | 'name' | 'mountFolder'>): string =>
  entry.mountFolder === undefined ? join(entryPath(entry), filesName) : join(entry.mountFolder, entry.name)

/** The folder of the clone that holds `path`, so that a fork of a fork lies beside it; undefined outside of clones. */
export async function folderOfClone(path: string): Promise<string | undefined> {
  for (let files = path; files !== dirname(files); files = dirname(files)) {
    const entry = dirname(files)
    const isPlace = basename(files) === filesName && basename(dirname(entry)) === 'clones'
    if (isPlace && (await exists(join(entry, markName)))) return dirname(dirname(entry))
  }
  return undefined
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )
