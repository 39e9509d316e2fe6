import { join } from 'node:path'
import process from 'node:process'
import type { CommandResult, UserIdentity } from '../command/command-runner.ts'
import { changesUser } from '../command/privilege-arguments.ts'
import { isLinux } from '../files/descriptor.ts'
import type { Operation } from '../operation/operation.ts'
import { longestMs } from '../options/checks.ts'
import { homeOf } from '../process/owner-of.ts'

export interface ClientRequest {
  readonly binDirectory: string
  /** `pg_basebackup`. */
  readonly program: string
  readonly args: readonly string[]
  readonly owner: UserIdentity
  /** Besides that of every command. */
  readonly environment?: Readonly<Record<string, string>>
  readonly input?: string
  readonly onErrorOutput?: (text: string) => void
}

/**
 * Runs one of PostgreSQL's programs that talk to a server, for as long as it takes. It ends with this process, however that ends: otherwise it
 * would go on to write into what is collected as garbage. No `PG*` of our own environment reaches it, since a `PGPASSWORD` would count for more
 * than its passfile.
 */
export function runClient(operation: Operation, request: ClientRequest): Promise<CommandResult> {
  const { binDirectory, program, args, owner, environment, input, onErrorOutput } = request
  const isTied = isLinux && !changesUser(owner)
  return operation.runner.run(join(binDirectory, program), args, {
    user: owner,
    timeoutMs: longestMs,
    // libpq looks there for certificates, and fails where it may not look: in root's.
    environment: { HOME: homeOf(owner.uid) ?? process.env.HOME ?? '/', ...environment },
    ...(isTied ? { prefix: ['setpriv', '--pdeathsig=KILL', '--'] } : {}),
    ...(input === undefined ? {} : { input }),
    ...(onErrorOutput === undefined ? {} : { onErrorOutput }),
  })
}
