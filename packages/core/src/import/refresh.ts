import { checkRoom, planGeneration } from '../elsewhere/copy-folder.ts'
import { messageOf } from '../errors/message-of.ts'
import type { Operation } from '../operation/operation.ts'
import { planOutsideFolder } from '../postgres/files/socket-directory.ts'
import { identifySelf } from '../process/process-identity.ts'
import { type ImportRecord, importStore } from '../records/import-record.ts'
import { buildGeneration } from './build-generation.ts'
import type { Origin } from './inspect-origin.ts'
import { nameSuperuser } from './name-superuser.ts'
import { removeLeftGenerations } from './remove-import.ts'

/**
 * Imports once more, under the lock of the name: the new generation is made beside those that are there, and becomes the newest by one `rename` of
 * the record. The first one makes the import ready.
 */
export async function addGeneration(operation: Operation, record: ImportRecord, origin: Origin): Promise<ImportRecord> {
  const { state, steps, runner } = operation
  const store = importStore(state)
  const before = await removeLeftGenerations(operation, record)
  await checkRoom(before.directory, origin.databaseBytes)
  const generation = planGeneration(before.directory, before.generations)
  const outsideDirectory = planOutsideFolder()
  const next = { ...generation, maker: await identifySelf(runner), outsideDirectory }
  const building = await store.change({ ...before, next })
  steps.onUndo(async () => {
    const current = await store.findSame(building)
    if (current?.next !== undefined) await removeLeftGenerations(operation, current)
  })
  const role = nameSuperuser(origin.rolesLikeOurs, before.role)
  await buildGeneration(operation, { ...building, role }, next, origin)
  return steps.run('ready', async () => {
    const { next: _next, ...kept } = building
    const generations = [...before.generations, generation]
    const changed = {
      ...kept,
      role,
      generations: generations.slice(-before.keep),
      retired: generations.slice(0, -before.keep),
    }
    const switched = before.generations.length === 0 ? await store.markReady(changed) : await store.change(changed)
    return removeLeftGenerations(operation, switched).catch((error: unknown) => {
      operation.warn(
        `A generation of ${record.name} that is not kept any longer could not be removed: ${messageOf(error)}`,
      )
      return switched
    })
  })
}
