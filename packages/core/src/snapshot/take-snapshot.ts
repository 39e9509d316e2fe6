import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import { backupFolder } from '../backup/backup-folder.ts'
import { startBackup } from '../backup/base-backup.ts'
import { copyControlFile } from '../backup/copy-control-file.ts'
import { copyWal } from '../backup/copy-wal.ts'
import type { SnapshotDriver } from '../driver/snapshot-driver.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { Session } from '../lifecycle/session.ts'
import { abortable } from '../process/abortable.ts'
import type { ProcessIdentity } from '../process/process-identity.ts'
import { inheritSettings } from '../settings/inherit-settings.ts'
import type { InspectedSource } from '../source/inspect-source.ts'
import type { Inspection } from '../source/inspection.ts'
import { checkSpace, type SpaceThresholds } from './check-space.ts'
import { checkpointSource } from './checkpoint-source.ts'
import { chooseConsistency, isClean } from './choose-consistency.ts'
import { planSnapshot, type SnapshotPlan, unneededDirectories } from './plan-snapshot.ts'
import { removeSnapshot } from './remove-snapshot.ts'
import { type SnapshotRecord, snapshotStore } from './snapshot-record.ts'

export interface TakeSnapshotRequest {
  readonly name: string
  readonly source: InspectedSource
  readonly driver: SnapshotDriver
  readonly maker: ProcessIdentity
  /** undefined: where it is possible. */
  readonly checkpoint: boolean | undefined
  readonly spaceThresholds: SpaceThresholds
}

/** Steps `checkpoint` and `snapshot`: a picture of the whole cluster, from which forks are made. */
export async function takeSnapshot(session: Session, request: TakeSnapshotRequest): Promise<SnapshotRecord> {
  const { name, source, driver } = request
  const { inspection, client } = source
  const { steps, state } = session
  const store = snapshotStore(state)

  const { plan, consistency } = await steps.run('checkpoint', async () => {
    const context = session.driverContext()
    const plan = await planSnapshot(name, inspection, driver, context)
    const volumes = plan.parts.map(({ volume }) => volume)
    await checkSpace(driver, volumes, request.spaceThresholds, context)
    const consistency = chooseConsistency({ driver, volumes, inspection, isConnected: client !== undefined })
    // A base backup begins with a checkpoint of its own.
    if (consistency === 'atomic') await checkpointSource(session, source, request.checkpoint)
    return { plan, consistency }
  })

  const record = describe(request, plan, consistency)
  await store.create(record)
  steps.onUndo(() => removeSnapshot(session, driver, record))
  const finished = await steps.run('snapshot', async (): Promise<SnapshotRecord> => {
    if (consistency === 'backup' && client !== undefined)
      return { ...record, backup: await snapshotInBackup(session, request, plan, client) }
    const before = await readControlFile(inspection)
    await driver.snapshot({ snapshots: plan.parts }, session.driverContext())
    if (consistency === 'still' && !before.equals(await readControlFile(inspection))) throw startedMeanwhile(inspection)
    return record
  })
  const ready: SnapshotRecord = { ...finished, status: 'ready' }
  await store.replace(ready)
  return ready
}

/** H4: files that change while they are copied, or volumes captured one after another, made right by WAL. */
async function snapshotInBackup(
  session: Session,
  { name, source, driver }: TakeSnapshotRequest,
  plan: SnapshotPlan,
  client: Client,
): Promise<NonNullable<SnapshotRecord['backup']>> {
  const { dataDirectory, major, control } = source.inspection
  const bound = { timeoutMs: session.timeouts.sourceStatementMs, signal: session.signal }
  const started = await abortable(startBackup(client, major, name), { what: 'The start of a backup', ...bound })
  await driver.snapshot({ snapshots: plan.parts, omit: unneededDirectories(plan) }, session.driverContext())
  const folder = backupFolder(session.state, name)
  await mkdir(folder.path, { mode: 0o700 })
  await copyControlFile(dataDirectory, folder.controlFile)
  const backup = await abortable(started.stop(), { what: 'The end of a backup', ...bound })
  await copyWal({
    walDirectory: join(dataDirectory, 'pg_wal'),
    backup,
    segmentBytes: control.walSegmentBytes,
    target: folder.wal,
  })
  return backup
}

function describe(
  request: TakeSnapshotRequest,
  plan: SnapshotPlan,
  consistency: SnapshotRecord['consistency'],
): SnapshotRecord {
  const { inspection } = request.source
  const { dataDirectory, owner, major, binDirectory, control, timeline, newestTimeline, isStandby, role } = inspection
  return {
    version: 1,
    name: request.name,
    driver: request.driver.name,
    createdAt: new Date().toISOString(),
    status: 'creating',
    maker: request.maker,
    consistency,
    parts: [...plan.parts],
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
      walLevel: control.walLevel,
      redoLocation: control.redoLocation,
      role,
    },
    settings: inheritSettings(inspection.settings),
  }
}

const readControlFile = ({ dataDirectory }: Inspection): Promise<Buffer> =>
  readFile(join(dataDirectory, 'global', 'pg_control'))

const startedMeanwhile = ({ dataDirectory }: Inspection): PgforkError =>
  new PgforkError(
    'SOURCE_CHANGED',
    `A server was started on ${dataDirectory} while it was copied as a stopped one, so the copy is worthless and was removed. Try again.`,
    { hazard: 'H4', facts: { dataDirectory } },
  )
