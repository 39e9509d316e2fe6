import { Directory } from '../../files/directory.ts'
import { readControlData } from '../../postgres/files/control-data.ts'
import { readPostmasterPid } from '../../postgres/files/postmaster-pid.ts'
import { pidInLockFile, type ServerIdentity } from '../../postgres/server/server-identity.ts'
import type { StartableFork } from '../../records/fork-record.ts'
import type { SnapshotRecord } from '../../records/snapshot-record.ts'
import { checkList } from './check-list.ts'
import type { Check } from './verification.ts'

/**
 * What `verifyFork` proves by SQL, as far as the server's own lock file and control file tell it. They tell enough of a
 * fork that had nothing to recover: the server writes `in production` when it is open for writing.
 *
 * @throws PgforkError `VERIFICATION_FAILED`
 */
export async function verifyForkByFiles(
  fork: StartableFork,
  snapshot: SnapshotRecord,
  server: ServerIdentity,
): Promise<{ checks: Check[]; position: string }> {
  const { dataDirectory, port } = fork.server
  using directory = Directory.open(dataDirectory)
  const postmaster = readPostmasterPid(directory)
  const control = await readControlData(directory, snapshot.source.major)
  const { checks, check } = checkList(fork.name)
  check('runs as a process of its own', postmaster?.pid === pidInLockFile(server), `pid ${server.pid}`)
  check('works in its own data directory', postmaster?.dataDirectory === dataDirectory, `${postmaster?.dataDirectory}`)
  check('listens on its own port', postmaster?.port === port, `${postmaster?.port}`)
  const { state, systemIdentifier, redoLocation, checkpointTimeline } = control
  check('is open for writing', postmaster?.status === 'ready' && state === 'in production', state)
  check('has the system identifier of its source', systemIdentifier === fork.systemIdentifier, systemIdentifier)
  check('begins at the checkpoint of its source', redoLocation === snapshot.source.redoLocation, redoLocation)
  check(
    'is on the timeline of its source',
    checkpointTimeline === fork.sourceTimeline,
    `timeline ${checkpointTimeline}, expected ${fork.sourceTimeline}`,
  )
  return { checks, position: redoLocation }
}
