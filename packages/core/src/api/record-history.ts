import { resolve } from 'node:path'
import { messageOf } from '../errors/message-of.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { noteWritten } from '../history/advise-wal-keep.ts'
import { type BaseSnapshot, baseSnapshots, isOf } from '../history/history-snapshots.ts'
import { type KeepRule, readKeepRules } from '../history/keep-rules.ts'
import { keepWal } from '../history/keep-wal.ts'
import { openHistory } from '../history/open-history.ts'
import { tickLock } from '../history/tick-lock.ts'
import { randomCharacters } from '../names/random-characters.ts'
import { type Operation, startOperation } from '../operation/operation.ts'
import { checkOptions } from '../options/check-options.ts'
import { withDefaults } from '../options/with-defaults.ts'
import { type InspectedSource, inspectSource } from '../postgres/source/inspect-source.ts'
import { identifySelf } from '../process/process-identity.ts'
import { throwIfAborted } from '../process/throw-if-aborted.ts'
import { type HistoryRecord, historyName, historyStore } from '../records/history-record.ts'
import { withNameLock } from '../records/name-lock.ts'
import { snapshotStore } from '../records/snapshot-record.ts'
import { checkFolderSpace, defaultSpaceThresholds, type SpaceThresholds } from '../snapshot/check-space.ts'
import { takeSnapshot } from '../snapshot/take-snapshot.ts'
import { tryLock } from '../state/lock.ts'
import { removeLock } from '../state/remove-lock.ts'
import { type PrunedHistory, pruneHistory } from '../upkeep/history/prune-history.ts'
import type { RecordHistoryOptions } from './options/history-options.ts'
import { locateSource } from './options/locate-source.ts'
import { readGivenCluster } from './options/read-source.ts'
import { recordHistoryShape } from './options/shapes.ts'

/** What one call of `recordHistory` has done. */
export interface RecordedHistory extends PrunedHistory {
  /** Name of the snapshot that was taken. */
  readonly snapshot: string
  /** So many segments of WAL were copied. */
  readonly segments: number
}

/**
 * Records the history of a cluster, of which forks of past moments are made: `createFork({ source, at })`. Each call takes a snapshot without
 * a checkpoint, and copies what the source has written since the last call out of its `pg_wal`; then it removes what `keep` doesn't
 * keep. Call it by a timer, once a minute or so. Nothing is changed on the source, and nothing runs in between.
 *
 * Killed at any moment, it leaves nothing that the next call, or `collectGarbage`, doesn't remove.
 *
 * @throws PgforkError as `createSnapshot` does; `BUSY` while another call records the same history, `HISTORY_DIVERGED`, `SETTING_REFUSED` for
 * `wal_level=minimal`
 */
export async function recordHistory(options: RecordHistoryOptions): Promise<RecordedHistory> {
  checkOptions('recordHistory', options, recordHistoryShape)
  const rules = readKeepRules(options.keep)
  const given = readGivenCluster(options.source)
  const operation = await startOperation(options)
  const { state, runner, signal } = operation
  await using source = await operation.steps.guard(() =>
    operation.steps.run('inspect', async () => inspectSource(await locateSource(given, operation), operation)),
  )
  const { dataDirectory, control, place, layout } = source.inspection
  if (place !== undefined && layout.wal !== undefined) throw walElsewhere(dataDirectory)
  if (control.walLevel === 'minimal') throw minimalWal(dataDirectory)
  const thresholds = withDefaults(options.spaceThresholds ?? {}, defaultSpaceThresholds)
  let recorded: RecordedHistory | undefined
  const name = historyName(control.systemIdentifier, dataDirectory)
  const lock = tickLock(state, name)
  await tryLock(lock, { runner, signal }, async () => {
    const { keep } = options
    // It is recorded: the next call may be made in another folder.
    const directory = options.directory && resolve(options.directory)
    const history = await openHistory(operation, source.inspection, { keep, directory }).catch(async (error) => {
      if (!(await historyStore(state).exists(name))) removeLock(lock)
      throw error
    })
    recorded = await record(await startOperation(options), operation, { history, source, rules, thresholds })
  })
  if (recorded !== undefined) return recorded
  throw new PgforkError('BUSY', `The history of ${dataDirectory} is being recorded by somebody else at the moment.`, {
    facts: { dataDirectory },
  })
}

interface Tick {
  readonly history: HistoryRecord
  readonly source: InspectedSource
  readonly rules: readonly KeepRule[]
  readonly thresholds: SpaceThresholds
}

/** What an operation of its own takes stays when something fails after it. */
async function record(operation: Operation, taking: Operation, tick: Tick): Promise<RecordedHistory> {
  const { history, rules, thresholds } = tick
  const admit = (root: string, bytes: number) => checkFolderSpace({ root, pool: 'the history' }, bytes, thresholds)
  const keep = (onlyComplete: boolean) =>
    operation.steps.guard(() => keepWal(operation, history, { onlyComplete, admit }))
  try {
    // Before the source may give it up, and before there may be no room for it.
    const before = await keep(true)
    const previous = (await baseSnapshots(operation, history)).findLast(isOf(history))
    const snapshot = await snapshotOf(taking, tick)
    await noteWritten(operation.state, history, previous, snapshot)
    const after = await keep(false)
    const segments = before.segments + after.segments
    return { snapshot: snapshot.name, segments, ...(await pruneHistory(operation, history, rules)) }
  } catch (error) {
    // On a full disk, it is what lets the next call succeed.
    await pruneHistory(operation, history, rules).catch((other: unknown) => operation.warn(messageOf(other)))
    throw error
  }
}

async function snapshotOf(operation: Operation, { history, source, thresholds }: Tick): Promise<BaseSnapshot> {
  const name = `history-${timeInName(new Date())}-${randomCharacters(5)}`
  // What is undone goes while nobody else has the name, and the lock goes after it.
  return withNameLock(operation, name, () =>
    operation.steps.guard(async () => {
      const request = {
        ...{ name, source, isForFork: false, history: history.name },
        maker: await identifySelf(operation.runner),
        checkpoint: undefined,
        isResettable: () => true,
        spaceThresholds: thresholds,
      }
      const [taken] = await takeSnapshot(operation, request, async () => {})
      const { reached } = taken
      // What was asked was not answered then.
      throwIfAborted(operation.signal)
      if (reached === undefined) throw unknownEnd(source)
      return { ...(await snapshotStore(operation.state).markReady(taken)), reached }
    }),
  )
}

/** `20261128t164502z`: in the order of time, and allowed in a name. */
const timeInName = (time: Date): string =>
  time
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase()

const minimalWal = (dataDirectory: string): PgforkError =>
  new PgforkError(
    'SETTING_REFUSED',
    `${dataDirectory} runs with wal_level=minimal, of whose WAL PostgreSQL recovers nothing. Raise it to replica.`,
    { hazard: 'H15', facts: { dataDirectory } },
  )

/** A history's record doesn't say what a container's link means here. */
const walElsewhere = (dataDirectory: string): PgforkError =>
  new PgforkError(
    'LAYOUT_REFUSED',
    `${dataDirectory} has its pg_wal elsewhere, and its server in a container: of such a cluster no history is kept yet. Keep pg_wal in the data directory.`,
    { hazard: 'H84', facts: { dataDirectory } },
  )

const unknownEnd = ({ inspection }: InspectedSource): PgforkError =>
  new PgforkError(
    'CONNECTION_REQUIRED',
    `How far the WAL of ${inspection.dataDirectory} goes can't be told without a connection (${inspection.unreachable ?? 'it is a standby'}). ` +
      'Give source.connection, or start it.',
    { facts: { dataDirectory: inspection.dataDirectory } },
  )
