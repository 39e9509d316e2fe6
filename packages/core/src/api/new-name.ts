import { PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import { forkStore } from '../records/fork-record.ts'
import { withNameLock } from '../records/name-lock.ts'
import { refuseCopyNames } from '../records/refuse-copy-names.ts'
import { collectDeadForks, isDeadFork, removeDeadFork } from '../upkeep/garbage/collect-dead-forks.ts'
import type { ResolvedForkOptions } from './options/read-options.ts'

/**
 * Nobody else makes, changes or collects anything of that name meanwhile, what is undone after a failure included (H76). A name that
 * is taken is told before anything is done to the source, and without waiting for whoever has it.
 */
export async function withNewName<T>(
  operation: Operation,
  { name, resolved, spare }: NewNameRequest,
  make: () => Promise<T>,
): Promise<T> {
  const { steps } = operation
  const { collectGarbage } = resolved
  await steps.guard(() => refuseExisting(operation, name, resolved))
  await using _collection = collectGarbage ? collectDeadForks(operation, { spare }) : undefined
  // Guarded within the lock as well, under which it is to be undone.
  return await steps.guard(() =>
    withNameLock(operation, name, () =>
      steps.guard(async () => {
        if (collectGarbage) await removeDeadFork(operation, name, { spare })
        await refuseExisting(operation, name)
        return make()
      }),
    ),
  )
}

interface NewNameRequest {
  readonly name: string
  readonly resolved: ResolvedForkOptions
  /** The source's data directory, if it isn't a snapshot. */
  readonly spare?: string
}

/**
 * An early look, before the source is touched; creating the record decides.
 *
 * @param collects - whether what an ended process left is about to be removed
 */
export async function refuseExisting(
  operation: Operation,
  name: string,
  { collectGarbage: collects } = { collectGarbage: false },
): Promise<void> {
  await refuseCopyNames(operation.state, name)
  if ((await forkStore(operation.state).find(name)) === undefined) return
  const isGarbage = await isDeadFork(operation, name)
  if (isGarbage && collects) return
  const advice = isGarbage
    ? 'The process that made it has ended: collectGarbage() removes it, and what else such processes left.'
    : `Choose another name, or remove it: (await openFork('${name}')).destroy().`
  throw new PgforkError('NAME_TAKEN', `There is already a fork named ${name}. ${advice}`, {
    facts: { name, isGarbage },
  })
}
