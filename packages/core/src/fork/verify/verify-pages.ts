import type { Session } from '../../operation/operation.ts'
import type { ProcessIdentity } from '../../process/process-identity.ts'
import type { PlacedFork } from '../../records/fork-record.ts'
import { startServer } from '../start-server.ts'
import type { Check } from './verification.ts'
import { verifyChecksums } from './verify-checksums.ts'

export interface CheckedPages {
  readonly server: ProcessIdentity
  readonly checks: readonly Check[]
}

/** Stops a fork that has recovered, checks all its pages and starts it again: the tool works on stopped clusters only. */
export async function checkPages(
  session: Session,
  fork: PlacedFork,
  server: ProcessIdentity,
  hasChecksums: boolean,
): Promise<CheckedPages> {
  if (!hasChecksums) {
    session.warn('Pages were not checked: the source cluster has no data checksums.')
    return { server, checks: [] }
  }
  const { dataDirectory } = fork.place
  const { stopMs, deepVerifyMs } = session.timeouts
  await session.launcher.stop({ dataDirectory, mode: 'fast', timeoutMs: stopMs })
  const { binDirectory, owner } = fork
  const found = await verifyChecksums({ dataDirectory, binDirectory, owner, timeoutMs: deepVerifyMs }, session.runner)
  const restarted = await startServer(session, fork)
  if (found !== undefined) return { server: restarted, checks: [{ name: 'all pages have their checksums', found }] }
  session.warn(`Pages were not checked: ${binDirectory} has no pg_checksums.`)
  return { server: restarted, checks: [] }
}
