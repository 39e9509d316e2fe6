import { PgforkError } from '../errors/pgfork-error.ts'
import { Directory } from '../files/directory.ts'
import type { Operation } from '../operation/operation.ts'
import { readControlData } from '../postgres/files/control-data.ts'
import type { ServerIdentity } from '../postgres/server/server-identity.ts'
import type { StartableFork } from '../records/fork-record.ts'
import { startServer } from './start-server.ts'
import type { Check } from './verify/verification.ts'
import { verifyChecksums } from './verify/verify-checksums.ts'

export interface VerifiedPages {
  readonly server: ServerIdentity
  readonly checks: readonly Check[]
}

/** One that was ended harder, since it took too long, has pages that are half written. */
async function requireCleanStop({ name, server, major }: StartableFork, stopMs: number): Promise<void> {
  using directory = Directory.open(server.dataDirectory)
  const { state } = await readControlData(directory, major)
  if (state === 'shut down') return
  throw new PgforkError(
    'TIMED_OUT',
    `The server of the fork ${name} did not stop within ${stopMs} ms, so its pages can't be checked. Raise timeouts.stopMs.`,
    { facts: { stopMs, state } },
  )
}

/** Stops a fork that has recovered, checks all its pages and starts it again: the tool works on stopped clusters only. */
export async function verifyPages(
  operation: Operation,
  fork: StartableFork,
  server: ServerIdentity,
  hasChecksums: boolean,
): Promise<VerifiedPages> {
  if (!hasChecksums) {
    operation.warn('Pages were not checked: the source cluster has no data checksums.')
    return { server, checks: [] }
  }
  const { stopMs, deepVerifyMs } = operation.timeouts
  await operation.launcher.stop({ server: fork.server, owner: fork.owner, mode: 'fast', timeoutMs: stopMs })
  const { binDirectory, owner, outsideDirectory } = fork
  await requireCleanStop(fork, stopMs)
  const found = await verifyChecksums(
    { server: fork.server, binDirectory, owner, outsideDirectory, timeoutMs: deepVerifyMs, signal: operation.signal },
    operation.launcher,
  )
  const restarted = await startServer(operation, fork)
  if (found !== undefined) return { server: restarted, checks: [{ name: 'all pages have their checksums', found }] }
  operation.warn(`Pages were not checked: ${binDirectory} has no pg_checksums.`)
  return { server: restarted, checks: [] }
}
