import { join } from 'node:path'
import type { Client } from 'pg'
import { Directory } from '../files/directory.ts'
import { flushFiles } from '../files/flush-files.ts'
import { replaceFileAt } from '../files/replace-file.ts'
import type { Operation } from '../operation/operation.ts'
import { accessFile, configurationFile } from '../postgres/files/paths.ts'
import { closedAccess, openAccess } from '../postgres/sanitize/access-rules.ts'
import type { TcpAccess } from '../postgres/settings/tcp-access.ts'
import type { SuperuserConnection } from '../postgres/sql/connect-as-superuser.ts'
import { inDatabase } from '../postgres/sql/databases.ts'
import { waitUntil } from '../process/wait-until.ts'
import type { StartableFork } from '../records/fork-record.ts'

/** Who gets into a running fork. */
export interface Access {
  /** A session for the caller's code, which also gets in while nobody else does. Default: as a superuser. */
  connect(database: string, role?: string): Promise<Client>
  /** Lets everybody in who may. */
  open(): Promise<void>
}

export interface AccessRequest {
  readonly superuser: SuperuserConnection
  /** The roles that get in while the fork is prepared; undefined for a fork that is open. */
  readonly closedTo: readonly string[] | undefined
  /** Whom it lets in by TCP when it is opened. */
  readonly tcpAccess: TcpAccess | undefined
}

export function accessTo(
  operation: Operation,
  fork: StartableFork,
  { superuser, closedTo, tcpAccess }: AccessRequest,
): Access {
  const admitted = new Set(closedTo)
  const change = (rules: string): Promise<void> => changeRules(operation, fork, superuser, rules)
  return {
    async connect(database, role = superuser.role) {
      if (closedTo !== undefined && !admitted.has(role)) await change(closedAccess([...admitted.add(role)]))
      return superuser.connectPlainly(database, role)
    },
    async open() {
      if (closedTo === undefined) return
      // From now on statements are logged as the source logs them.
      if (fork.configuration !== undefined)
        replaceFileAt(join(fork.server.dataDirectory, configurationFile), fork.configuration, fork.owner)
      await change(openAccess(tcpAccess))
      if (fork.durability === 'durable') await flush(fork.server.dataDirectory)
    },
  }
}

/** Its server, and what was flushed beside its start, knew the files that these replaced. */
async function flush(path: string): Promise<void> {
  using dataDirectory = Directory.open(path)
  await flushFiles(dataDirectory, [configurationFile, accessFile])
}

/** The server has read the new rules when a new session says so. */
async function changeRules(
  operation: Operation,
  fork: StartableFork,
  { client, connect }: SuperuserConnection,
  rules: string,
): Promise<void> {
  replaceFileAt(join(fork.server.dataDirectory, accessFile), rules, fork.owner)
  const { rows } = await client.query<{ before: Date }>('select pg_conf_load_time() as before, pg_reload_conf()')
  const before = rows[0]?.before.getTime() ?? 0
  const isRead = async (): Promise<boolean> => {
    const loaded = await inDatabase(connect, undefined, (session) =>
      session.query<{ at: Date }>('select pg_conf_load_time() as at'),
    )
    return (loaded.rows[0]?.at.getTime() ?? 0) > before
  }
  const { timeouts, signal } = operation
  await waitUntil(isRead, { what: 'The reload of the access rules', timeoutMs: timeouts.verifyMs, signal })
}
