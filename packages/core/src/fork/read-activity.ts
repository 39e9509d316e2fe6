import { Directory } from '../files/directory.ts'
import { connectAsSuperuser } from '../postgres/sql/connect-as-superuser.ts'
import type { StartableFork } from '../records/fork-record.ts'

/** How much a fork is in use. */
export interface ForkActivity {
  /** Connected clients, not counting pgfork. */
  readonly sessions: number
  /**
   * When one of them last did something, or when something was last written, whichever is later. Clients that only read and have
   * disconnected aren't counted: PostgreSQL keeps no trace of them.
   */
  readonly lastActiveAt: Date
}

/** @throws Error when the server runs and refuses connections */
export async function readActivity(fork: StartableFork, isRunning: boolean): Promise<ForkActivity> {
  const writtenAt = lastWrittenAt(fork.server.dataDirectory)
  if (!isRunning) return { sessions: 0, lastActiveAt: writtenAt }
  await using administrator = await connectAsSuperuser(fork, [fork.role])
  const { rows } = await administrator.client.query<{ sessions: number; changedAt: Date | null }>(
    `SELECT count(*)::int AS sessions, max(state_change) AS "changedAt"
       FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  )
  const { sessions = 0, changedAt = null } = rows[0] ?? {}
  return { sessions, lastActiveAt: changedAt !== null && changedAt > writtenAt ? changedAt : writtenAt }
}

/** Everything that a server changes goes through its WAL. */
function lastWrittenAt(path: string): Date {
  using dataDirectory = Directory.open(path)
  using wal = dataDirectory.openLinked('pg_wal')
  const names = wal.names().filter((name) => /^[0-9A-F]{24}$/.test(name))
  // One that is recycled meanwhile isn't the newest.
  return new Date(names.reduce((newest, name) => Math.max(newest, wal.look(name)?.mtimeMs ?? 0), 0))
}
