import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Directory } from '../../files/directory.ts'
import { readBackupLabel, startLocationOf } from '../files/backup-label.ts'
import { readControlData } from '../files/control-data.ts'
import { formatLocation, parseLocation } from '../files/location.ts'
import { PreparedTransactions, readPreparedFiles } from '../wal/prepared-transactions.ts'
import { readRecords } from '../wal/read-records.ts'
import type { RecoveryNeeds } from '../wal/recovery-needs.ts'
import { SegmentFiles } from '../wal/segment-files.ts'
import { readTablespaceCreation } from '../wal/tablespace-creation.ts'

/**
 * Reads what a server will replay when it is started on these files. Recovery that replays the making of a tablespace makes its link anew, as it
 * was in the source (`create_tablespace_directories` in tablespace.c), and goes on to write there: into the source's own files (H1). So no
 * server is started on such WAL.
 *
 * @param isClean the cluster was stopped cleanly: nothing is replayed
 * @returns what prepared transactions have need of (H27)
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export async function readReplay(dataDirectory: Directory, major: number, isClean: boolean): Promise<RecoveryNeeds> {
  const prepared = new PreparedTransactions(major, readPreparedFiles(dataDirectory))
  if (!isClean) await readRecovered(dataDirectory, major, prepared)
  const { most, mostLocks } = prepared
  return { preparedTransactions: most, locks: mostLocks, tracksCommitTimestamps: undefined }
}

async function readRecovered(dataDirectory: Directory, major: number, prepared: PreparedTransactions): Promise<void> {
  const control = await readControlData(dataDirectory, major)
  const label = readBackupLabel(dataDirectory)
  const start = (label === undefined ? undefined : startLocationOf(label)) ?? control.redoLocation
  using wal = dataDirectory.openLinked('pg_wal')
  const newestTimeline = Math.max(control.checkpointTimeline, control.minimumRecoveryTimeline)
  await using segments = new SegmentFiles({
    directories: [wal],
    segmentBytes: control.walSegmentBytes,
    isOfHistory: ({ timeline }) => timeline <= newestTimeline,
  })
  let found: { readonly path: string; readonly location: string } | undefined
  await readRecords({
    segments,
    start: parseLocation(start),
    // A record that recovery wouldn't take makes no harm; one that it would must not be missed.
    checksums: false,
    visit: (record) => {
      prepared.visit(record)
      const path = readTablespaceCreation(record, major)
      if (path !== undefined) found = { path, location: formatLocation(record.location) }
      return found === undefined
    },
  })
  if (found !== undefined) throw tablespaceReplayed(found.path, found.location, start)
}

const tablespaceReplayed = (path: string, location: string, start: string): PgforkError =>
  new PgforkError(
    'LAYOUT_REFUSED',
    `The source made a tablespace in ${path} (at ${location} of its WAL) after the checkpoint from which a fork recovers (${start}). ` +
      'By replaying that, the fork would use the same directory. Try again after a checkpoint: run CHECKPOINT on the source, ' +
      'or on the primary of a standby and wait for its replay.',
    { hazard: 'H1', facts: { path, location, start } },
  )
