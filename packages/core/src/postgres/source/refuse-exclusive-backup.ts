import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Directory } from '../../files/directory.ts'
import { readBackupLabel } from '../files/backup-label.ts'

/**
 * The label of an exclusive backup (14 and earlier) lies in the data directory of the running primary. A fork would start to
 * recover from there; without the label, it could not be told from one that belongs to the data (H42).
 */
export function refuseExclusiveBackup(dataDirectory: Directory): void {
  const label = readBackupLabel(dataDirectory)
  if (label === undefined) return
  throw new PgforkError(
    'SETTING_REFUSED',
    `An exclusive backup of ${dataDirectory.path} is in progress (${/^START TIME: (.*)$/m.exec(label)?.[1] ?? 'start unknown'}). ` +
      'Finish it with pg_stop_backup(), or fork when it is done.',
    { hazard: 'H42', facts: { dataDirectory: dataDirectory.path } },
  )
}
