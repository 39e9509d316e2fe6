import type { Client } from 'pg'
import { dataDirectoryOf } from '../elsewhere/copy-folder.ts'
import { type Reach, withReplication } from '../elsewhere/open-sessions.ts'
import { askForWal, type IdentifiedServer, identifyServer } from '../elsewhere/replication.ts'
import { messageOf } from '../errors/message-of.ts'
import { isPgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import { parseLocation } from '../postgres/files/location.ts'
import { logFileOf } from '../postgres/files/paths.ts'
import { readLogTail } from '../postgres/server/read-log-tail.ts'
import type { SeededStandby } from '../records/standby-record.ts'
import type { StandbyState, StandbyStatus } from './standby.ts'
import { findStandbyServer, withStandby } from './standby-server.ts'

/** What it says itself, and what its primary says. */
export async function readStatus(operation: Operation, standby: SeededStandby, reach: Reach): Promise<StandbyStatus> {
  const [own, primary] = await Promise.all([readOwn(operation, standby), askPrimary(operation, reach)])
  const { state, reason } = await judge(operation, standby, reach, { own, primary })
  const { name, slot, current, next, primary: address } = standby
  const { host, port, user } = address
  const location = 'location' in primary && state !== 'diverged' ? primary.location : undefined
  const behind =
    location !== undefined && own.replayed !== undefined
      ? parseLocation(location) - parseLocation(own.replayed)
      : undefined
  return {
    ...{ name, state, reason, slot },
    primary: { host, port, user },
    seededAt: new Date(current.createdAt),
    isBeingSeeded: next !== undefined,
    primaryLocation: location,
    receivedLocation: own.received,
    replayedLocation: own.replayed,
    lagBytes: behind === undefined ? undefined : Math.max(0, behind),
    lagSeconds: behind !== undefined && behind <= 0 ? 0 : own.secondsSinceReplay,
  }
}

interface OwnStatus {
  readonly isRunning: boolean
  readonly isInRecovery: boolean
  readonly isStreaming: boolean
  readonly isPaused: boolean
  readonly received: string | undefined
  readonly replayed: string | undefined
  readonly timeline: number
  readonly secondsSinceReplay: number | undefined
  /** Why it can't be asked, though it runs. */
  readonly obstacle?: string
}

const stopped: OwnStatus = {
  ...{ isRunning: false, isInRecovery: false, isStreaming: false, isPaused: false, timeline: 0 },
  ...{ received: undefined, replayed: undefined, secondsSinceReplay: undefined },
}

async function readOwn(operation: Operation, standby: SeededStandby): Promise<OwnStatus> {
  if ((await findStandbyServer(operation, standby)).status === 'none') return stopped
  return withStandby(operation, standby, askOwn).catch((error: unknown) => {
    // It may be starting, or stopping.
    if (isPgforkError(error, 'ABORTED')) throw error
    return { ...stopped, obstacle: messageOf(error) }
  })
}

/** Until it has received anything itself, it has what came with the base backup. */
async function askOwn(client: Client): Promise<OwnStatus> {
  const { rows } = await client.query<Omit<OwnStatus, 'isRunning'>>(
    `select pg_is_in_recovery() as "isInRecovery",
            exists(select from pg_stat_wal_receiver where status = 'streaming') as "isStreaming",
            pg_is_in_recovery() and pg_is_wal_replay_paused() as "isPaused",
            greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text as received,
            pg_last_wal_replay_lsn()::text as replayed,
            coalesce((select received_tli from pg_stat_wal_receiver), (select timeline_id from pg_control_checkpoint())) as timeline,
            extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 as "secondsSinceReplay"`,
  )
  const row = rows[0] as Omit<OwnStatus, 'isRunning'>
  return {
    ...row,
    isRunning: true,
    received: row.received ?? undefined,
    replayed: row.replayed ?? undefined,
    secondsSinceReplay: row.secondsSinceReplay == null ? undefined : Math.max(0, row.secondsSinceReplay),
  }
}

type AskedPrimary = IdentifiedServer | { readonly unreachable: string }

const paused =
  'What comes in is not replayed: somebody paused that, or the primary has larger settings since (max_connections and the like). Stop and start it.'

const askTimeoutMs = 10_000

async function askPrimary({ sourceBounds }: Operation, reach: Reach): Promise<AskedPrimary> {
  const bounds = { ...sourceBounds, timeoutMs: Math.min(sourceBounds.timeoutMs, askTimeoutMs) }
  return withReplication(reach, bounds, identifyServer).catch((error: unknown) => {
    if (isPgforkError(error, 'ABORTED')) throw error
    return { unreachable: messageOf(error) }
  })
}

interface Judgement {
  readonly state: StandbyState
  readonly reason: string | undefined
}

async function judge(
  operation: Operation,
  standby: SeededStandby,
  reach: Reach,
  { own, primary }: { readonly own: OwnStatus; readonly primary: AskedPrimary },
): Promise<Judgement> {
  if (own.obstacle !== undefined)
    return { state: 'stopped', reason: `Its server runs, or begins to, and can't be asked: ${own.obstacle}` }
  if (!own.isRunning) {
    const log = await readLogTail(logFileOf(dataDirectoryOf(standby.current)))
    return { state: 'stopped', reason: log.trimEnd().split('\n').slice(-3).join('\n') || undefined }
  }
  if (!own.isInRecovery) return { state: 'promoted', reason: 'Somebody promoted it. It follows nobody any more.' }
  if ('unreachable' in primary)
    return own.isStreaming
      ? { state: 'streaming', reason: undefined }
      : { state: 'disconnected', reason: primary.unreachable }
  if (primary.systemIdentifier !== standby.systemIdentifier)
    return {
      state: 'diverged',
      reason: `At that address there is another cluster now: ${primary.systemIdentifier} instead of ${standby.systemIdentifier}.`,
    }
  if (own.isStreaming) return { state: 'streaming', reason: own.isPaused ? paused : undefined }
  const wanted = { location: own.received ?? '0/0', timeline: own.timeline, slot: standby.slot }
  const bounds = { ...operation.sourceBounds, timeoutMs: askTimeoutMs }
  const refusal = await askForWal(reach, bounds, wanted).catch((error: unknown) => ({ error: messageOf(error) }))
  if (refusal === 'behind')
    return {
      state: 'behind',
      reason: `The primary has removed WAL that comes next, at ${own.received}. Seed the standby anew, and think of a slot.`,
    }
  if (refusal === 'without slot')
    return {
      state: 'behind',
      reason:
        `Its slot ${standby.slot} is gone from the primary, which keeps nothing for it any more. Seed the standby anew; or, as long as the primary ` +
        `has the WAL after ${own.received}, make the slot there: SELECT pg_create_physical_replication_slot('${standby.slot}', true).`,
    }
  if (refusal === 'diverged')
    return { state: 'diverged', reason: `The primary went another way before ${own.received}. Seed the standby anew.` }
  if (refusal !== undefined) return { state: 'disconnected', reason: refusal.error }
  return {
    state: 'connecting',
    reason: 'The primary would send what comes next. PostgreSQL tries again every five seconds.',
  }
}
