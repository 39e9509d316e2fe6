import type { UserIdentity } from '../../command/command-runner.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Directory } from '../../files/directory.ts'
import { type ControlData, readControlData } from '../files/control-data.ts'
import { parseLocation } from '../files/location.ts'
import { readPostmasterPid } from '../files/postmaster-pid.ts'
import { findFirstRecord } from '../wal/first-record.ts'
import { readRecords } from '../wal/read-records.ts'
import { SegmentFiles } from '../wal/segment-files.ts'
import type { ImageEvidence } from './image-evidence.ts'
import { findLinks } from './read-layout.ts'
import { refuseExclusiveBackup } from './refuse-exclusive-backup.ts'

/** What the server said of the cluster that the image must hold. */
export interface ExpectedCluster {
  readonly dataDirectory: string
  readonly owner: UserIdentity
  readonly major: number
  readonly systemIdentifier: string
  readonly isStandby: boolean
  readonly evidence: ImageEvidence
}

/** The lock file notes the second in which the server began, the server a moment of its start-up. */
const startToleranceSeconds = 60

/**
 * The second half of an inspection of a source on another host: that the files which a snapshot shows are those of the server that was
 * asked, as they were when it was taken, and all that it consists of. Without this proof nothing is started: the image that was named may be
 * another server's, or an older copy of the same one with the same system identifier (H95).
 *
 * @throws PgforkError `SOURCE_NOT_FOUND` (H95), `SOURCE_WRONG_OWNER` (H63), `LAYOUT_REFUSED` (H1, H2), `SETTING_REFUSED` (H42)
 */
export async function proveImage(directory: Directory, expected: ExpectedCluster): Promise<void> {
  refuseOwner(directory, expected)
  refuseFurtherVolumes(directory, expected)
  const control = await readControlData(directory, expected.major)
  proveServer(directory, control, expected)
  await proveFresh(directory, control, expected)
  if (!expected.isStandby) refuseExclusiveBackup(directory)
}

function refuseOwner({ stats }: Directory, { dataDirectory, owner }: ExpectedCluster): void {
  if (stats.uid === owner.uid) return
  throw new PgforkError(
    'SOURCE_WRONG_OWNER',
    `${dataDirectory} belongs to the user ${stats.uid} on its host, while forks run as the user ${owner.uid} here. Give both hosts the same number for ` +
      'postgres, or fork as an ordinary user of that number.',
    { hazard: 'H63', facts: { dataDirectory, found: stats.uid, expected: owner.uid } },
  )
}

function refuseFurtherVolumes(directory: Directory, { dataDirectory }: ExpectedCluster): void {
  const links = findLinks(directory)
  if (links.length === 0) return
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `${links.join(' and ')} of ${dataDirectory} ${links.length === 1 ? 'is a link' : 'are links'} to elsewhere: of a source on another host, everything must lie in its ` +
      'data directory, on one volume. Fork it on its own host.',
    { hazard: links.includes('pg_wal') ? 'H2' : 'H1', facts: { dataDirectory, links } },
  )
}

/** That a server works in it, or worked in it when the snapshot was taken: the very one that answered. */
function proveServer(directory: Directory, control: ControlData, expected: ExpectedCluster): void {
  const { dataDirectory, systemIdentifier, evidence } = expected
  if (control.systemIdentifier !== systemIdentifier)
    throw notItsImage(expected, `it holds the cluster ${control.systemIdentifier}, not ${systemIdentifier}`)
  const found = readPostmasterPid(directory)
  if (found === undefined) throw notItsImage(expected, 'no server works in it')
  if (found.dataDirectory !== dataDirectory || found.port !== evidence.port)
    throw notItsImage(
      expected,
      `a server works in it at ${found.dataDirectory} with port ${found.port}, not ${evidence.port}`,
    )
  const later = evidence.startedAtSeconds - found.startedAtSeconds
  if (later < 0 || later > startToleranceSeconds)
    throw notItsImage(expected, `the server in it was started at ${describe(found.startedAtSeconds)}`)
}

/** That it is no older copy, of the time before the snapshot: it has the checkpoint of that moment, and the WAL up to it. */
async function proveFresh(directory: Directory, control: ControlData, expected: ExpectedCluster): Promise<void> {
  const { redoBefore, redoAfter, flushed } = expected.evidence
  const redo = parseLocation(control.redoLocation)
  if (redo < parseLocation(redoBefore) || redo > parseLocation(redoAfter))
    throw notItsImage(
      expected,
      `its last checkpoint is at ${control.redoLocation}, not from ${redoBefore} to ${redoAfter}`,
    )
  if (!(await holdsWalUpTo(directory, control, parseLocation(flushed))))
    throw notItsImage(expected, `its WAL doesn't reach ${flushed}, which had been flushed before the snapshot`)
}

async function holdsWalUpTo(directory: Directory, control: ControlData, wanted: number): Promise<boolean> {
  const { walSegmentBytes: segmentBytes, checkpointTimeline, minimumRecoveryTimeline } = control
  const redo = parseLocation(control.redoLocation)
  if (redo >= wanted) return true
  using wal = directory.openDirectory('pg_wal')
  const newest = Math.max(checkpointTimeline, minimumRecoveryTimeline)
  await using segments = new SegmentFiles({
    directories: [wal],
    segmentBytes,
    isOfHistory: ({ timeline }) => timeline <= newest,
  })
  const number = Math.floor((wanted - 1) / segmentBytes)
  const isRedoIn = Math.floor(redo / segmentBytes) === number
  const start = isRedoIn ? redo : ((await findFirstRecord(segments, number)) ?? redo)
  if (start >= wanted) return true
  const { location } = await readRecords({ segments, start, visit: ({ end }) => end < wanted })
  return location >= wanted
}

const describe = (seconds: number): string => new Date(seconds * 1_000).toISOString()

const notItsImage = ({ dataDirectory, evidence }: ExpectedCluster, reason: string): PgforkError =>
  new PgforkError(
    'SOURCE_NOT_FOUND',
    `The volume is not that of the server which answered (${dataDirectory}, port ${evidence.port}, started at ${describe(evidence.startedAtSeconds)}): ${reason}. ` +
      'Nothing was started. Name the image that the server has mounted in source.volume, and no copy of it.',
    { hazard: 'H95', facts: { dataDirectory, port: evidence.port, reason } },
  )
