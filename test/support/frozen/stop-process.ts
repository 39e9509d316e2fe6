import process from 'node:process'
import { runAtEnd } from '../system/run-at-end.ts'

/** Stops a process (SIGSTOP). Disposing of it, or the end of this process, lets it go on. */
export async function stopProcess(pid: number): Promise<AsyncDisposable> {
  const goingOn = await runAtEnd('kill', ['-CONT', String(pid)])
  process.kill(pid, 'SIGSTOP')
  return goingOn
}
