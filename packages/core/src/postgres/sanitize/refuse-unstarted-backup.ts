import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Directory } from '../../files/directory.ts'
import { readBackupLabel } from '../files/backup-label.ts'

/**
 * A base backup that was unpacked and never started has its tablespaces' links in `tablespace_map`; its first start makes
 * them. Its fork would make them as well, and share the tablespaces (H1).
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export function refuseUnstartedBackup(dataDirectory: Directory): void {
  const hasMap = dataDirectory.look('tablespace_map') !== undefined
  // Without a label the server ignores the map.
  if (!hasMap || readBackupLabel(dataDirectory) === undefined) return
  throw new PgforkError(
    'LAYOUT_REFUSED',
    'The source is a base backup with tablespaces that was never started: the links to them are missing. Start it once, and stop it cleanly.',
    { hazard: 'H1', facts: { file: 'tablespace_map' } },
  )
}
