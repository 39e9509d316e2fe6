import { messageOf } from '../errors/message-of.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import { isRefusal } from '../postgres/sql/is-refusal.ts'

const insufficientPrivilege = '42501'

/**
 * After a checkpoint right before the snapshot, the fork has next to nothing to replay (manual, "File System Level Backup");
 * on a standby it is a restartpoint. Where it is neither possible nor required, it is left out with a warning.
 *
 * @returns whether one was made
 * @throws PgforkError `CONNECTION_REQUIRED` when it is required and isn't possible, `SOURCE_LOST`
 */
export async function checkpointSource(
  operation: Operation,
  { inspection, client }: InspectedSource,
  isRequired: boolean,
): Promise<boolean> {
  if (client === undefined)
    return skip(
      operation,
      isRequired,
      `the source can't be connected to (${inspection.unreachable}). Give source.connection`,
    )
  try {
    await client.query('checkpoint')
    return true
  } catch (error) {
    if (error instanceof PgforkError) throw error
    if ((error as { code?: string }).code === insufficientPrivilege)
      return skip(
        operation,
        isRequired,
        `the role ${client.user} may not make one. Connect as a superuser or, from PostgreSQL 15 on, grant it pg_checkpoint`,
      )
    if (isRefusal(error)) return skip(operation, isRequired, `the source refuses it (${messageOf(error)})`)
    throw new PgforkError('SOURCE_LOST', `The source stopped during the checkpoint: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function skip(operation: Operation, isRequired: boolean, reason: string): false {
  if (isRequired)
    throw new PgforkError(
      'CONNECTION_REQUIRED',
      `The source can't make a checkpoint: ${reason}. Or leave checkpoint: true out.`,
    )
  operation.warn(`No checkpoint was made, so the fork takes longer to recover: ${reason}.`)
  return false
}
