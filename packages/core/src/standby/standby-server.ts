import type { Client } from 'pg'
import { dataDirectoryOf } from '../elsewhere/copy-folder.ts'
import { messageOf } from '../errors/message-of.ts'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import { logFileOf } from '../postgres/files/paths.ts'
import { chooseSocketDirectory, makeOutsideFolder } from '../postgres/files/socket-directory.ts'
import type { FoundServer } from '../postgres/server/find-server.ts'
import { readLogTail } from '../postgres/server/read-log-tail.ts'
import type { ServerIdentity } from '../postgres/server/server-identity.ts'
import type { OwnedServer } from '../postgres/server/server-launcher.ts'
import { connectAsSuperuser } from '../postgres/sql/connect-as-superuser.ts'
import { waitUntil } from '../process/wait-until.ts'
import type { SeededStandby } from '../records/standby-record.ts'
import { ignore } from '../storage/kit/ignore.ts'
import { writeStandbyFiles } from './write-standby-files.ts'

export function serverOf({ current, outsideDirectory, process }: SeededStandby): OwnedServer {
  const dataDirectory = dataDirectoryOf(current)
  return { dataDirectory, socketDirectory: chooseSocketDirectory(dataDirectory, outsideDirectory), process }
}

export const findStandbyServer = (
  { launcher }: Operation,
  standby: SeededStandby,
): Promise<FoundServer<ServerIdentity>> => launcher.find(serverOf(standby))

/** @returns the record with what runs; one that runs already is left alone */
export async function startStandbyServer(operation: Operation, standby: SeededStandby): Promise<SeededStandby> {
  const server = serverOf(standby)
  if (await isUp(operation, standby)) return standby
  const { binDirectory, owner, outsideDirectory } = standby
  if (server.socketDirectory === outsideDirectory) makeOutsideFolder(outsideDirectory, owner)
  writeStandbyFiles(standby)
  const started = await operation.launcher.start({
    ...{ server, binDirectory, owner, outsideDirectory },
    logFile: logFileOf(server.dataDirectory),
    diesWithCaller: false,
    promotes: false,
    timeoutMs: operation.timeouts.startMs,
    signal: operation.signal,
  })
  if (started.kind !== 'process') return standby
  const { kind: _kind, ...process } = started
  return { ...standby, process }
}

/** Whether it runs. One that crashed, as for want of room, begins its recovery anew by itself, and ends if that fails as well: it counts once it lets somebody in. */
async function isUp(operation: Operation, standby: SeededStandby): Promise<boolean> {
  const isRunning = async (): Promise<boolean> => (await findStandbyServer(operation, standby)).status === 'running'
  const { timeouts, signal } = operation
  const settled = async (): Promise<boolean> => !(await isRunning()) || (await letsIn(operation, standby))
  const bound = { what: 'The end of its recovery', timeoutMs: Math.min(timeouts.startMs, settleMs), signal }
  // Recovery may take long: whoever wants to know asks for its status.
  await waitUntil(settled, bound).catch(ignore('TIMED_OUT'))
  return isRunning()
}

const settleMs = 30_000

/** `ERRCODE_CANNOT_CONNECT_NOW`: it starts, recovers or ends; and what one sees of a server that has ended. */
const turnedAway: readonly unknown[] = ['57P03', 'ECONNREFUSED', 'ECONNRESET', 'ENOENT']

const letsIn = (operation: Operation, standby: SeededStandby): Promise<boolean> =>
  withStandby(operation, standby, async () => true).catch(
    (error: unknown) => !turnedAway.includes((error as { readonly code?: unknown }).code),
  )

export async function stopStandbyServer(
  { launcher, timeouts }: Operation,
  standby: SeededStandby,
  mode: 'fast' | 'immediate',
): Promise<void> {
  await launcher.stop({ server: serverOf(standby), owner: standby.owner, mode, timeoutMs: timeouts.stopMs })
}

/**
 * Runs statements in it, over its private socket. Its superuser may have another name since, or may not log in any more; whoever replicates from
 * its primary can, and finds one who may.
 */
export async function withStandby<T>(
  operation: Operation,
  standby: SeededStandby,
  use: (client: Client, role: string) => Promise<T>,
): Promise<T> {
  const { name, major, owner, port, role, primary } = standby
  const { socketDirectory } = serverOf(standby)
  const server = { name, major, owner, server: { socketDirectory, port }, bounds: operation.sourceBounds }
  await using superuser = await connectAsSuperuser(server, [role, primary.user])
  return await use(superuser.client, superuser.role)
}

const isStreaming = async (client: Client): Promise<boolean> =>
  (await client.query(`select from pg_stat_wal_receiver where status = 'streaming'`)).rows.length > 0

/** @throws PgforkError `STANDBY_NOT_STREAMING` with the end of its log */
export async function waitUntilStreaming(operation: Operation, standby: SeededStandby): Promise<void> {
  const { timeouts, signal } = operation
  try {
    await withStandby(operation, standby, (client) =>
      waitUntil(() => isStreaming(client), {
        what: 'Streaming',
        timeoutMs: Math.min(timeouts.startMs, 60_000),
        signal,
      }),
    )
  } catch (error) {
    if (isPgforkError(error, 'ABORTED')) throw error
    const log = await readLogTail(logFileOf(dataDirectoryOf(standby.current)))
    throw new PgforkError(
      'STANDBY_NOT_STREAMING',
      `The standby ${standby.name} runs, but its primary sends it nothing (${messageOf(error)}). Its log ends with:\n${log}`,
      { facts: { name: standby.name, log }, cause: error },
    )
  }
}
