import { PgforkError } from '../../errors/pgfork-error.ts'

/** `serialization_failure` and `deadlock_detected`, as which a standby reports what was in the way of its replay. */
const conflicts = ['40001', '40P01']

/** A standby cancels statements, however short, that are in the way of a replay which is behind (manual, "Hot Standby"). */
export const isRecoveryConflict = (error: unknown): boolean =>
  conflicts.includes((error as { code?: string }).code ?? '')

export const conflictsWithRecovery = (cause: unknown): PgforkError =>
  new PgforkError(
    'SETTING_REFUSED',
    `The source is a standby and cancelled a statement of pgfork's to go on replaying: ${String(cause)}. Try again when it has caught up, ` +
      'or raise its max_standby_streaming_delay and max_standby_archive_delay.',
    { cause },
  )
