import { readdir, stat } from 'node:fs/promises'
import {
  atExistingFolder,
  checkFolder,
  fromSystemError,
  realDirectory,
  storagePlaceOf,
  type Volume,
} from '@pgfork/core/driver'
import { chooseFolder } from './folder.ts'
import type { CopyOptions } from './options.ts'
import { canShareBlocks } from './share-blocks.ts'

/** Where copies are to lie, and what was found out about places. */
export interface LocateSettings extends Pick<CopyOptions, 'directory'> {
  /** Which pairs of file systems were found to share blocks, by their device numbers. */
  readonly probed: Map<string, Promise<boolean>>
}

/** The directory itself, if it can be read. @throws PgforkError `DRIVER_NOT_APPLICABLE`, `PERMISSION_DENIED` */
export async function locateVolume(path: string, settings: LocateSettings): Promise<Volume> {
  const root = await readableDirectory(path)
  const directory = await chooseFolder(root, settings.directory)
  // Before anything is tried in a folder that isn't ours, or recorded that could not be removed again.
  await checkFolder({ folder: directory, kind: 'clone' })
  const { device, copyOnWrite, clonesShareBlocks } = await atExistingFolder(directory, (existing) =>
    probeFolder(root, existing, settings),
  )
  return {
    id: `copy:${root}`,
    pool: `copy:${device}`,
    root,
    copyOnWrite,
    attributes: { directory, clonesShareBlocks: String(clonesShareBlocks), ...(await storagePlaceOf(directory)) },
  }
}

/** Whether copies in a folder share blocks with their source, and with one another. */
async function probeFolder(root: string, folder: string, { probed }: LocateSettings) {
  const [from, to] = [(await stat(root)).dev, (await stat(folder)).dev]
  const probe = (source: string, key: string): Promise<boolean> => {
    const known = probed.get(key) ?? canShareBlocks(source, folder)
    probed.set(key, known)
    known.catch(() => probed.delete(key))
    return known
  }
  const copyOnWrite = await probe(root, `${from}:${to}`)
  // With the folder on another file system than the source, its clones may still share blocks with their snapshots.
  const clonesShareBlocks = copyOnWrite || (from !== to && (await probe(folder, `${to}:${to}`)))
  return { device: to, copyOnWrite, clonesShareBlocks }
}

/** It has to be readable to be copied; better to refuse before anything is recorded. */
async function readableDirectory(path: string): Promise<string> {
  const real = await realDirectory(path)
  await readdir(real).catch((error: unknown) => {
    throw fromSystemError(error, 'DRIVER_NOT_APPLICABLE', `${path} can't be read`)
  })
  return real
}
