import process from 'node:process'
import type { CommandRunner } from '../../command/command-runner.ts'
import { isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { ProcessIdentity } from '../../process/process-identity.ts'
import { isCurrentScope } from '../../process/process-scope.ts'
import { processState } from '../../process/process-state.ts'
import { waitUntil } from '../../process/wait-until.ts'

/** The kernel ends it as soon as it can: a process that waits for a disk, later. */
const defaultKillMs = 20_000

/**
 * Signals exactly this process (H58) and waits for its end; one that doesn't heed within the bound is killed. Whoever can't be
 * killed either is told of, and not taken for ended.
 *
 * @throws PgforkError `BUSY` when it can't be ended, `PERMISSION_DENIED`
 */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  timeoutMs: number,
  runner: CommandRunner,
  killMs: number = defaultKillMs,
): Promise<void> {
  const { pid } = identity
  const isGone = async (): Promise<boolean> => (await processState(identity, runner)) === 'ended'
  if (!isCurrentScope(identity)) throw new Error(`Process ${pid} of another PID namespace has another pid here.`)
  for (const next of new Set<NodeJS.Signals>([signal, 'SIGQUIT', 'SIGKILL'])) {
    const state = await processState(identity, runner)
    if (state === 'ended') return
    // What isn't proven to be this process isn't signalled (H70).
    if (state === 'running') kill(pid, next)
    const bound = next === 'SIGKILL' ? Math.max(timeoutMs, killMs) : timeoutMs
    const gone = await waitUntil(isGone, { what: `The end of ${pid}`, timeoutMs: bound, firstPauseMs: 1 }).catch(
      () => false,
    )
    if (gone) return
  }
  throw new PgforkError(
    'BUSY',
    `The process ${pid} did not end when it was told to, and not by SIGKILL: it waits in the kernel, often for storage that doesn't ` +
      `answer (cat /proc/${pid}/stack tells where). When it has ended, try again.`,
    { facts: { pid } },
  )
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (isSystemError(error, 'ESRCH')) return
    throw new PgforkError('PERMISSION_DENIED', `This user may not stop the process ${pid}.`, { cause: error })
  }
}
