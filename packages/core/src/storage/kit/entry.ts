import { lstat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { StoredItem, Volume } from '../driver/snapshot-driver.ts'

/**
 * One snapshot or clone of a driver that keeps them in a folder of ours:
 *
 *     <folder>/snapshots/<name>/mark.json     what the item is, written before anything else
 *     <folder>/snapshots/<name>/volume        its files
 *     <folder>/clones/<name>/mark.json
 *     <folder>/clones/<name>/volume
 *
 * Only the item's user may enter `<name>`, whatever modes the files below have (H29).
 */
export interface Entry {
  readonly folder: string
  readonly driver: string
  readonly kind: StoredItem['kind']
  readonly volume: Volume
  readonly name: string
}

const filesName = 'volume'
const markName = 'mark.json'

export const kindPath = ({ folder, kind }: Pick<Entry, 'folder' | 'kind'>): string => join(folder, `${kind}s`)
export const entryPath = (item: Pick<Entry, 'folder' | 'kind' | 'name'>): string => join(kindPath(item), item.name)
export const markPath = (item: Pick<Entry, 'folder' | 'kind' | 'name'>): string => join(entryPath(item), markName)

/** Where an item's files are, or are to be made. */
export const entryFiles = (item: Pick<Entry, 'folder' | 'kind' | 'name'>): string => join(entryPath(item), filesName)

/** The folder of the clone that holds `path`, so that a fork of a fork lies beside it; undefined outside of clones. */
export async function folderOfClone(path: string): Promise<string | undefined> {
  for (let files = path; files !== dirname(files); files = dirname(files)) {
    const item = dirname(files)
    const isPlace = basename(files) === filesName && basename(dirname(item)) === 'clones'
    if (isPlace && (await exists(join(item, markName)))) return dirname(dirname(item))
  }
  return undefined
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )
