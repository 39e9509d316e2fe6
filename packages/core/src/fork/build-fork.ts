import { join } from 'node:path'
import process from 'node:process'
import type { Operation } from '../operation/operation.ts'
import { closedAccess, openAccess } from '../postgres/sanitize/access-rules.ts'
import { dropPrivilegedFiles } from '../postgres/sanitize/drop-privileged-files.ts'
import { silentSettings } from '../postgres/settings/silent-settings.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import type { RecoveryNeeds } from '../postgres/wal/recovery-needs.ts'
import { allDone } from '../process/all-done.ts'
import { claimForkPort } from '../records/claim-numbers.ts'
import { type ForkRecord, forkStore, type RecordedMoment } from '../records/fork-record.ts'
import { type SnapshotRecord, snapshotStore } from '../records/snapshot-record.ts'
import { isUnfinished } from '../records/transitions.ts'
import type { VolumeClone } from '../storage/driver/driver-set.ts'
import type { AfterStart } from './after-start.ts'
import { decideTimeline, prepareNewTimeline } from './choose-timeline.ts'
import { flushFork } from './flush-fork.ts'
import { type ClonedTree, finishClones, makeClones } from './make-clones.ts'
import { type BuiltFork, makeReadyByConnection, makeReadyByFiles } from './make-ready.ts'
import { withMoment } from './moment-of.ts'
import { mayHaveSubscriptions } from './neutralize/may-have-subscriptions.ts'
import { type MomentRequest, recoverToMoment } from './recover-to-moment.ts'
import { removeServerAndClones } from './remove-fork.ts'
import { planReplay, replayWal, tellReplay } from './replay-wal.ts'
import { sanitizeFork } from './sanitize-fork.ts'
import { serverFiles } from './server-files.ts'
import { startOnFreePort } from './start-server.ts'

export interface BuildForkRequest {
  readonly snapshot: SnapshotRecord
  /** Recorded already. */
  readonly fork: ForkRecord
  readonly timeline: 'new' | 'keep'
  /** The past moment that the fork is of. Default: that of the snapshot. */
  readonly moment?: MomentRequest | undefined
  readonly port: number | undefined
  /** The fork's `postgresql.conf` for this port and socket directory, and for its recovery. */
  configuration(port: number, socketDirectory: string, needs: RecoveryNeeds, moment?: RecordedMoment): string
  readonly afterStart: AfterStart
  /** The source, where it is to be looked at again afterwards. */
  readonly source: InspectedSource | undefined
  /** What else is to be done by the time that the clones are there, and may wait for a disk. */
  besideClones?(): Promise<unknown>
}

/** The steps from `clone` to `ready`: makes a running server of a snapshot. Making a fork and resetting it share them. */
export async function buildFork(operation: Operation, request: BuildForkRequest): Promise<BuiltFork> {
  const { snapshot, source, afterStart } = request
  const { prepare } = afterStart
  const { place, isExposed = place !== undefined } = snapshot.source
  const { steps, state, runner, signal } = operation
  const store = forkStore(state)
  let { fork } = request

  steps.onUndo(() => removeServerAndClones(operation, fork))
  /** What was never begun needs no storage to be removed from. The record of a reset still says what is to be made. */
  const forgetUnmade = async (index: number): Promise<void> => {
    if (isUnfinished(fork)) fork = await store.change({ ...fork, clones: fork.clones.slice(0, index) })
  }
  const cloneAll = async (): Promise<ClonedTree> => {
    const tree = await makeClones(operation, snapshot, fork, forgetUnmade, unneededAtStart(request))
    // Root of a container isn't this machine's.
    if (isExposed) await allDone(tree.roots.map((root) => dropPrivilegedFiles(root, runner, signal)))
    return tree
  }
  const [tree, port] = await steps.run('clone', () =>
    allDone([cloneAll(), claimForkPort(state, fork.name, request.port), request.besideClones?.()]),
  )
  // Whoever removes a snapshot marks it first: what was cloned before is whole.
  if (!fork.ownsSnapshot) await snapshotStore(state).requireReady(snapshot)
  const { dataDirectory } = tree
  const { socketDirectory, databasesWithUnlogged, linked, needs } = await steps.run('sanitize', () =>
    sanitizeFork(operation, snapshot, fork, tree),
  )
  const { moment } = request
  const laidOut =
    moment && (await steps.run('moment', () => recoverToMoment(operation, snapshot, fork, dataDirectory, moment)))
  if (laidOut !== undefined) fork = withMoment(fork, laidOut.moment)
  const isRecovered = request.timeline === 'new' || !snapshot.source.isClean
  const unlogged = laidOut !== undefined ? 'all' : isRecovered ? databasesWithUnlogged : []
  const timeline = await steps.run('timeline', async () =>
    decideTimeline(operation, snapshot, request.timeline) === 'keep'
      ? undefined
      : prepareNewTimeline(operation, snapshot, fork, dataDirectory, laidOut),
  )
  const configuration = (port: number): string =>
    request.configuration(port, socketDirectory, laidOut?.needs ?? needs, laidOut?.moment)
  const files = serverFiles(operation, {
    ...{ fork, dataDirectory, socketDirectory, linked, place, timeline, configuration },
    onRecord(recorded) {
      fork = recorded
    },
  })
  const replayed = timeline === undefined ? undefined : laidOut?.replayed
  // How much memory there is elsewhere isn't known here.
  const ownReplay = replayed && place === undefined ? planReplay(configuration(port), fork.major, replayed) : undefined
  const isReplayed = ownReplay !== undefined && (await replayWal(operation, ownReplay, files, port))
  // A stopped source doesn't tell who its superusers are: the caller may know.
  const told = snapshot.source.isRoleKnown === true ? [] : [fork.role]
  const roles = [snapshot.source.role, 'postgres', ...told]
  const started = await steps.run('start', async () => {
    if (prepare !== undefined) files.setAccess(closedAccess([...new Set(roles)]))
    else if (ownReplay !== undefined) files.setAccess(openAccess(snapshot.tcpAccess))
    const silent = prepare === undefined ? {} : silentSettings(fork.major)
    const starting = startOnFreePort(operation, {
      ...{ fork, port: request.port, claimed: port },
      promotes: timeline !== undefined && !isReplayed,
      onReplay: replayed && tellReplay(operation, replayed),
      configure: (port) => files.configure(port, silent),
    })
    const flush = () => flushFork(operation, snapshot, fork, tree.roots)
    const finishing = finishClones(operation, fork).then(flush)
    const [running] = await allDone([starting, finishing])
    // On another port than it was to have, its settings were written once more.
    if (running.fork.server.port !== port) await flush()
    return running
  })
  const connects = afterStart.connects || mayHaveSubscriptions(dataDirectory)
  const finish = connects ? makeReadyByConnection : makeReadyByFiles
  return finish(operation, { ...started, roles, snapshot, source, unlogged, afterStart })
}

/**
 * Where storage is copied, the files of databases may be copied beside the start of the server: that of a cluster which was stopped cleanly opens
 * none of them before somebody connects. Nobody gets into one whose `PG_VERSION` isn't there (`ValidatePgVersion` in miscinit.c): that comes last
 * (H17). Not in a reset: who knows the server's socket may be back already, and a base backup asks for no database. Not for root, who copies nothing into directories that are another's by then (H59).
 */
function unneededAtStart(request: BuildForkRequest): Pick<VolumeClone, 'later' | 'last'> | undefined {
  const { snapshot, fork, timeline, moment, afterStart } = request
  const { source, copies, links, backup } = snapshot
  const user = process.geteuid?.()
  const isOwn = user !== 0 && user === fork.owner.uid
  const replays = timeline === 'new' || !source.isClean || moment !== undefined
  const isWhole = copies.length === 1 && links.length === 0 && backup === undefined && source.place === undefined
  const mayWait = isUnfinished(fork) && isOwn && isWhole && !replays && !afterStart.connects
  return mayWait ? { later: join(snapshot.data.path, 'base'), last: 'PG_VERSION' } : undefined
}
