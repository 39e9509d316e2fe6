import { join } from 'node:path'
import { PgforkError } from '../errors/pgfork-error.ts'
import { Directory } from '../files/directory.ts'
import type { Operation } from '../operation/operation.ts'
import { formatLocation, parseLocation } from '../postgres/files/location.ts'
import { findServer } from '../postgres/server/find-server.ts'
import { inheritSettings, walSizes } from '../postgres/settings/inherit-settings.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import type { Inspection } from '../postgres/source/inspection.ts'
import { beforeSegmentHeader } from '../postgres/wal/page-header.ts'
import { allDone } from '../process/all-done.ts'
import type { ProcessIdentity } from '../process/process-identity.ts'
import { type SnapshotRecord, snapshotStore } from '../records/snapshot-record.ts'
import type { Described } from '../records/status-store.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'
import { defaultFolderName } from '../storage/kit/default-folder.ts'
import { type BringToFilesRequest, bringToFiles } from './bring-to-files.ts'
import { checkSpace, checkStateSpace } from './check-space.ts'
import { isClean, wasOpen } from './choose-consistency.ts'
import { flushSnapshot } from './flush-snapshot.ts'
import { holdsMuchElse } from './holds-much-else.ts'
import { keepingHistory } from './keep-history.ts'
import { planSnapshot, type SnapshotPlan, unneededDirectories } from './plan-snapshot.ts'
import { readNextTransaction } from './read-next-transaction.ts'
import { readFilesEnd, readFlushedEnd, readReplayEnd, readWalEnd } from './read-wal-end.ts'
import { captureWithEvidence } from './remote-evidence.ts'
import { removeSnapshot } from './remove-snapshot.ts'
import { requireWholeFork } from './require-whole-fork.ts'
import { snapshotInBackup } from './snapshot-in-backup.ts'
import { waitForWal } from './wait-for-wal.ts'

export interface TakeSnapshotRequest extends BringToFilesRequest {
  readonly name: string
  readonly maker: ProcessIdentity
  /** Made for the fork of the same name, with which it goes. */
  readonly isForFork: boolean
  /** That fork is gone after a power cut, and its own record isn't flushed before it is begun either. */
  readonly isThrowaway?: boolean
  /** The snapshot outlives the first fork of it. */
  isResettable(copies: readonly VolumeCopy[]): boolean
}

/**
 * Steps `plan`, `checkpoint` and `snapshot`: a picture of the whole cluster, from which forks are made. Ends the source's session.
 *
 * @param meanwhile what is done while the storage takes the snapshot, which is recorded and nothing else yet
 * @returns its record, which is to be marked ready, and what `meanwhile` returned
 */
export async function takeSnapshot<T>(
  operation: Operation,
  request: TakeSnapshotRequest,
  meanwhile: (recorded: SnapshotRecord) => Promise<T>,
): Promise<[SnapshotRecord, T]> {
  const { name, source } = request
  const { inspection, client } = source
  const { steps, state, drivers } = operation
  const store = snapshotStore(state)

  const [plan, refuseChanged] = await steps.run('plan', async () => {
    await store.refuseTaken(name)
    const refuseChanged = await requireWholeFork(operation, inspection)
    const planned = await planSnapshot(operation, name, inspection, client !== undefined)
    await checkSpace(drivers, planned.copies, request.spaceThresholds, operation.driverContext())
    if (planned.consistency === 'backup') await checkStateSpace(state.path, 0, request.spaceThresholds)
    await warnOfMuchElse(operation, planned)
    return [planned, refuseChanged] as const
  })
  // A base backup begins with a checkpoint of its own.
  if (plan.consistency === 'atomic' && mayRun(inspection)) await bringToFiles(operation, request)

  const { isThrowaway = false } = request
  const record = await store.begin(describe(request, plan), isThrowaway ? 'cached' : 'flushed')
  steps.onUndo(() => removeSnapshot(operation, record))
  const captureAll = async () => {
    const captured = await capture(operation, request, plan)
    await refuseChanged()
    return captured
  }
  const captureAndLeave = async () => {
    try {
      return plan.consistency === 'backup'
        ? await keepingHistory(operation, inspection, request.spaceThresholds, captureAll)
        : await captureAll()
    } finally {
      const leaving = source.endSession()
      // With it goes the slot of a base backup, which would keep all WAL of the source from now on (H69).
      if (plan.consistency === 'backup') await leaving
    }
  }
  const captureAndFlush = async () => {
    const captured = await captureAndLeave()
    // That of a fork is flushed with the fork, where it has to be.
    if (!request.isForFork) await flushSnapshot(operation, record)
    return captured
  }
  const [{ backup, walEnd, reached, evidence }, done] = await steps.run('snapshot', () =>
    allDone([captureAndFlush(), meanwhile(record), isThrowaway ? store.flush(record) : undefined]),
  )
  const taken = {
    ...record,
    ...(backup === undefined ? {} : { backup }),
    ...(reached === undefined ? {} : { reached }),
    source: {
      ...record.source,
      ...(walEnd === undefined ? {} : { walEnd }),
      ...(evidence === undefined ? {} : { evidence }),
    },
  }
  return [taken, done]
}

/** A volume of the cluster's own has no need to be looked through. */
async function warnOfMuchElse({ warn }: Operation, { copies, data, links }: SnapshotPlan): Promise<void> {
  for (const [index, { volume }] of copies.entries()) {
    const own = [data, ...links].filter(({ copy }) => copy === index).map(({ path }) => path)
    if (!volume.copyOnWrite || own.includes('')) continue
    const isMuch = await holdsMuchElse(volume.root, [...own, defaultFolderName]).catch(() => false)
    if (isMuch)
      warn(
        `The snapshot is of all of ${volume.root}, which holds much besides the cluster: whatever is written there takes space twice as long as the ` +
          'snapshot exists. Give the cluster a volume of its own (on Btrfs, a subvolume).',
      )
  }
}

type Captured = Pick<SnapshotRecord, 'backup' | 'reached'> & Pick<SnapshotRecord['source'], 'walEnd' | 'evidence'>

async function capture(
  operation: Operation,
  { name, source, checkpoint, spaceThresholds, isResettable, isForFork }: TakeSnapshotRequest,
  plan: SnapshotPlan,
): Promise<Captured> {
  const { inspection, client } = source
  const { drivers } = operation
  const singleUse = !isResettable(plan.copies)
  if (plan.consistency === 'backup' && client !== undefined) {
    const omit = unneededDirectories(plan)
    const copyAll = (): Promise<void> => drivers.snapshot(plan.copies, { omit, singleUse }, operation.driverContext())
    const backup = await snapshotInBackup(operation, {
      name,
      inspection,
      client,
      isSpread: checkpoint === false,
      spaceThresholds,
      capture: copyAll,
    })
    return { backup, reached: await reachedAt(backup.stopLocation, source, isForFork) }
  }
  const before = isClean(inspection) ? readControlFile(inspection) : undefined
  const evidence = await captureWithEvidence(operation, source, () =>
    drivers.snapshot(plan.copies, { singleUse }, operation.driverContext()),
  )
  if (before !== undefined) await refuseStarted(operation, inspection, before)
  const walEnd = await readWalEnd(source)
  // What is in no file yet can't be copied either, and a crash takes it back: WAL would not lead on from there (H79).
  const isFlushed = isForFork || walEnd === undefined || (await waitForWal(operation, source))
  const primaryEnd = isFlushed ? walEnd : await readFlushedEnd(source)
  // To a moment WAL leads from other snapshots than a fork's own, for which no file of it is read.
  const endOfFiles = (): Promise<string | undefined> => (isForFork ? Promise.resolve(undefined) : readFilesEnd(source))
  const location = primaryEnd ?? (await readReplayEnd(source)) ?? (await endOfFiles())
  return {
    ...(walEnd === undefined ? {} : { walEnd }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(location === undefined
      ? {}
      : { reached: await reachedAt(beforeHeader(location, inspection), source, isForFork) }),
  }
}

async function reachedAt(
  location: string,
  source: InspectedSource,
  isForFork: boolean,
): Promise<NonNullable<SnapshotRecord['reached']>> {
  // A commit of this very millisecond may be in.
  const time = new Date(Date.now() + 1).toISOString()
  // No moment is reached from a fork's own snapshot.
  const nextTransaction = isForFork ? undefined : await readNextTransaction(source)
  return { location, time, ...(nextTransaction === undefined ? {} : { nextTransaction }) }
}

/** The next segment may not be there yet, or be an older one that waits to be written again. */
const beforeHeader = (location: string, { control }: Inspection): string =>
  formatLocation(beforeSegmentHeader(parseLocation(location), control.walSegmentBytes))

/**
 * What was captured as a stopped cluster may have been started before that instant, by a server that can't be seen from here, too.
 * It makes its lock file before it writes anything, and leaves the control file changed when it stops again.
 */
async function refuseStarted(operation: Operation, inspection: Inspection, before: Buffer): Promise<void> {
  const { dataDirectory } = inspection
  const isSame = before.equals(await readControlFile(inspection))
  if (isSame && (await findServer(dataDirectory, operation.runner)).status === 'none') return
  throw new PgforkError(
    'SOURCE_CHANGED',
    `A server was started on ${dataDirectory} while it was being copied as a stopped one, so the copy is useless and was removed. Try again.`,
    { hazard: 'H71', facts: { dataDirectory } },
  )
}

/** Whether a server is, or may be, at work in the source. */
const mayRun = ({ server, hidden }: Inspection): boolean => server !== undefined || hidden !== undefined

function describe(
  { name, source, maker, isForFork, history }: TakeSnapshotRequest,
  plan: SnapshotPlan,
): Described<SnapshotRecord> {
  const { inspection, client } = source
  const { dataDirectory, owner, major, binDirectory, control, timeline, newestTimeline, isStandby, role } = inspection
  const { replayPosition, settings, tcpAccess, place, isExposed } = inspection
  const { inherited, replaced } = inheritSettings(settings)
  return {
    version: 1,
    name,
    createdAt: new Date().toISOString(),
    maker,
    isForFork,
    ...(history === undefined ? {} : { history }),
    consistency: plan.consistency,
    copies: [...plan.copies],
    data: plan.data,
    links: [...plan.links],
    source: {
      dataDirectory,
      owner,
      major,
      binDirectory,
      systemIdentifier: control.systemIdentifier,
      timeline,
      newestTimeline,
      isStandby,
      isClean: isClean(inspection),
      ...(replayPosition === undefined ? {} : { replayPosition }),
      hasChecksums: control.hasChecksums,
      walLevel: control.walLevel,
      awaitsBackupEnd: control.awaitsBackupEnd && wasOpen(inspection),
      ...(settings.log_directory === undefined ? {} : { logDirectory: settings.log_directory }),
      redoLocation: control.redoLocation,
      role,
      ...(place === undefined ? {} : { place }),
      ...(isExposed === undefined ? {} : { isExposed }),
      ...(client === undefined ? {} : { isRoleKnown: true }),
    },
    settings: { ...inherited, ...walSizes(control.walSegmentBytes) },
    tcpAccess: { ...tcpAccess, rules: [...tcpAccess.rules] },
    replacedSettings: [...replaced],
  }
}

function readControlFile({ dataDirectory }: Inspection): Buffer {
  using global = Directory.open(join(dataDirectory, 'global'))
  return global.read('pg_control')
}
