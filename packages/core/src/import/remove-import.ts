import { rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { dataDirectoryOf, removeCopyFolder, removeGeneration } from '../elsewhere/copy-folder.ts'
import { Directory } from '../files/directory.ts'
import type { Operation } from '../operation/operation.ts'
import { readControlData } from '../postgres/files/control-data.ts'
import { chooseSocketDirectory, removeOutsideFolder } from '../postgres/files/socket-directory.ts'
import type { Generation } from '../records/generation.ts'
import { type ImportRecord, importStore } from '../records/import-record.ts'

/**
 * Removes an import in whatever state it is, under the lock of its name; its record last, so that a failure leaves it to be found. Succeeds when
 * there is none.
 */
export async function removeImport(operation: Operation, imported: ImportRecord): Promise<void> {
  const store = importStore(operation.state)
  const current = await store.findSame(imported)
  if (current === undefined) return
  const removed = await store.markRemoving(current)
  const { next, retired, generations } = current
  if (next !== undefined) await endServer(operation, current, next)
  for (const generation of [...retired, ...generations]) await forgetTimelines(operation, current, generation)
  await removeCopyFolder(operation, current, [...retired, next, ...generations])
  await store.forget(removed)
}

/** Removes what another process has left of its try, and what isn't kept any longer. */
export async function removeLeftGenerations(operation: Operation, imported: ImportRecord): Promise<ImportRecord> {
  const { next, retired, ...kept } = imported
  if (next === undefined && retired.length === 0) return imported
  if (next !== undefined) await endServer(operation, imported, next)
  for (const generation of retired) await forgetTimelines(operation, imported, generation)
  for (const generation of [...retired, ...(next === undefined ? [] : [next])])
    await removeGeneration(operation, generation)
  return importStore(operation.state).change({ ...kept, retired: [] })
}

/** It ends with its maker; by the time that somebody looks, it may still be at it. */
async function endServer(
  { launcher, timeouts }: Operation,
  { owner }: ImportRecord,
  next: NonNullable<ImportRecord['next']>,
): Promise<void> {
  const { outsideDirectory = '' } = next
  const dataDirectory = dataDirectoryOf(next)
  const server = { dataDirectory, socketDirectory: chooseSocketDirectory(dataDirectory, outsideDirectory) }
  await launcher.stop({ server, owner, mode: 'immediate', timeoutMs: timeouts.stopMs })
  removeOutsideFolder(outsideDirectory, owner)
}

/** Each generation is a cluster of its own, with a place for the timelines of its forks: it goes where there are none any more. */
async function forgetTimelines({ state }: Operation, { major }: ImportRecord, generation: Generation): Promise<void> {
  using directory = Directory.find(dataDirectoryOf(generation))
  if (directory === undefined) return
  const control = await readControlData(directory, major).catch(() => undefined)
  if (control !== undefined) await rmdir(join(state.timelines, control.systemIdentifier)).catch(() => undefined)
}
