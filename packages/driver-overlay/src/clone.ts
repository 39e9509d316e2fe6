import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs'
import process from 'node:process'
import { type CloneRequest, createEntry, findEntry, fromSystemError } from '@pgfork/core/driver'
import { entryOf, layersOf } from './names.ts'
import { noteSnapshot } from './snapshot-of.ts'

/** Makes the layers of a clone, which is mounted when it is attached. Its snapshot is never consumed. */
export async function cloneSnapshot(request: CloneRequest): Promise<void> {
  const { files: lower } = await findEntry(entryOf('snapshot', request.snapshot))
  const clone = entryOf('clone', request)
  const files = await createEntry(clone, { snapshot: request.snapshot.name })
  const { folder, upper, work } = layersOf(clone)
  try {
    for (const path of [folder, upper, work]) mkdirSync(path, { mode: 0o700 })
    noteSnapshot(clone, request.snapshot.name)
    mkdirSync(files, { mode: 0o700 })
    // Its mode and owner are those of the clone's root directory.
    const { mode, uid, gid } = lstatSync(lower)
    chmodSync(upper, mode & 0o7777)
    if (process.geteuid?.() === 0) chownSync(upper, uid, gid)
  } catch (error) {
    throw fromSystemError(error, 'COMMAND_FAILED', `The clone ${request.name} can't be made`)
  }
}
