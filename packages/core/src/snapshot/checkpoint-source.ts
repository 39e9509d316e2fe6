import { PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import { isRefusal } from '../postgres/sql/is-refusal.ts'
import { abortable } from '../process/abortable.ts'

const insufficientPrivilege = '42501'

/**
 * A checkpoint right before the snapshot leaves the fork next to nothing to replay (manual, "File System Level Backup");
 * on a standby it is a restartpoint. Not asked for by name, it is left out with a warning where it isn't possible.
 *
 * @throws PgforkError `CONNECTION_REQUIRED` when it was asked for and isn't possible, `SOURCE_LOST`
 */
export async function checkpointSource(
  operation: Operation,
  { inspection, client }: InspectedSource,
  wish: boolean | undefined,
): Promise<void> {
  if (wish === false || inspection.server === undefined) return
  if (client === undefined) return skip(operation, wish, `the source can't be connected to (${inspection.unreachable})`)
  const { sourceStatementMs: timeoutMs } = operation.timeouts
  try {
    await abortable(client.query('checkpoint'), { what: 'The checkpoint', timeoutMs, signal: operation.signal })
  } catch (error) {
    if (error instanceof PgforkError) throw error
    if ((error as { code?: string }).code === insufficientPrivilege)
      return skip(operation, wish, `the role ${inspection.role} may not make one (15 and later: grant pg_checkpoint)`)
    if (isRefusal(error)) return skip(operation, wish, `the source refuses it (${String(error)})`)
    throw new PgforkError('SOURCE_LOST', `The source ended during the checkpoint: ${String(error)}`, { cause: error })
  }
}

function skip(operation: Operation, wish: boolean | undefined, reason: string): void {
  if (wish === true)
    throw new PgforkError('CONNECTION_REQUIRED', `There can be no checkpoint: ${reason}. Give source.connection.`)
  operation.warn(`No checkpoint was made, so the fork has more to recover: ${reason}.`)
}
