import { readdir, stat } from 'node:fs/promises'
import {
  checkFolder,
  existingFolder,
  fromSystemError,
  realDirectory,
  storagePlaceOf,
  type Volume,
} from '@pgfork/core/driver'
import { chooseFolder } from './folder.ts'
import type { Settings } from './options.ts'
import { canShareBlocks } from './share-blocks.ts'

export interface LocateSettings extends Settings {
  /** Which pairs of file systems were found to share blocks, by their device numbers. */
  readonly probed: Map<string, Promise<boolean>>
}

/** The directory itself, if it can be read. @throws PgforkError `DRIVER_NOT_APPLICABLE`, `PERMISSION_DENIED` */
export async function locateVolume(path: string, settings: LocateSettings): Promise<Volume> {
  const root = await readableDirectory(path)
  const directory = await chooseFolder(root, settings.directory)
  // Before anything is tried in a folder that isn't ours, or recorded that could not be removed again.
  await checkFolder({ folder: directory, kind: 'clone' })
  const existing = await existingFolder(directory)
  const [from, to] = [(await stat(root)).dev, (await stat(existing)).dev]
  const probe = (source: string, key: string): Promise<boolean> => {
    const known = settings.probed.get(key) ?? canShareBlocks(source, existing)
    settings.probed.set(key, known)
    return known
  }
  const copyOnWrite = await probe(root, `${from}:${to}`)
  // With the folder on another file system than the source, its clones may still share blocks with their snapshots.
  const clonesShareBlocks = copyOnWrite || (from !== to && (await probe(existing, `${to}:${to}`)))
  return {
    id: `copy:${root}`,
    pool: `copy:${to}`,
    root,
    copyOnWrite,
    attributes: { directory, clonesShareBlocks: String(clonesShareBlocks), ...(await storagePlaceOf(directory)) },
  }
}

/** It has to be readable to be copied; better to refuse before anything is recorded. */
async function readableDirectory(path: string): Promise<string> {
  const real = await realDirectory(path)
  await readdir(real).catch((error: unknown) => {
    throw fromSystemError(error, 'DRIVER_NOT_APPLICABLE', `${path} can't be read`)
  })
  return real
}
