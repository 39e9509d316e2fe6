import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Directory } from '../../files/directory.ts'
import { readBackupLabel, startLocationOf } from '../files/backup-label.ts'
import { readControlData } from '../files/control-data.ts'
import { findRecord } from '../files/find-record.ts'
import { formatLocation, parseLocation } from '../files/location.ts'

/** `RM_TBLSPC_ID` (rmgrlist.h) and `XLOG_TBLSPC_CREATE` (tablespace.h), the same from 10 to 18. */
const tablespaceResourceManager = 5
const createOperation = 0x00

/**
 * Recovery that replays the making of a tablespace makes its link anew, as it was in the source (`create_tablespace_directories`
 * in tablespace.c), and goes on to write there: into the source's own files (H1). So no server is started on such WAL.
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export async function refuseTablespaceReplay(dataDirectory: Directory, major: number): Promise<void> {
  const control = await readControlData(dataDirectory, major)
  const label = readBackupLabel(dataDirectory)
  const start = (label === undefined ? undefined : startLocationOf(label)) ?? control.redoLocation
  using wal = dataDirectory.openLinked('pg_wal')
  const record = await findRecord({
    wal,
    segmentBytes: control.walSegmentBytes,
    newestTimeline: Math.max(control.checkpointTimeline, control.minimumRecoveryTimeline),
    start: parseLocation(start),
    isWanted: (resourceManager, operation) =>
      resourceManager === tablespaceResourceManager && operation === createOperation,
  })
  if (record === undefined) return
  const path = readPath(record.content)
  const location = formatLocation(record.location)
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `The source made a tablespace in ${path} (at ${location} of its WAL) after the checkpoint from which a fork recovers (${start}). ` +
      'Replaying that would lead the fork into the very same directory. Try again, with a checkpoint: run CHECKPOINT on the source, ' +
      'or on the primary of a standby and wait for its replay.',
    { hazard: 'H1', facts: { path, location, start } },
  )
}

/** `xl_tblspc_create_rec`: an oid and the path, ended by a zero, behind the headers that xlogrecord.h describes. */
function readPath(content: Buffer): string {
  const headerBytes = { 252: 5, 253: 3, 254: 5, 255: 2 } as const
  let offset = 24
  for (;;) {
    const kind = content.readUInt8(offset) as keyof typeof headerBytes
    offset += headerBytes[kind] ?? 0
    // Origin and top-level transaction may stand before the kinds that tell the data's length in one byte or four.
    if (kind !== 252 && kind !== 253) break
  }
  return content
    .subarray(offset + 4)
    .toString('utf8')
    .replace(/\0.*$/s, '')
}
