import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { UserIdentity } from '@pgfork/core'

/** A program that another user runs. It ends with this process. */
export interface StartedAs {
  readonly pid: number | undefined
  readonly input: Writable
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<unknown>
  /** The lines that it has written. */
  lines(): string[]
}

/** Returns when it has written its first line, or ended. */
export async function startAs({ uid, gid }: UserIdentity, command: readonly string[]): Promise<StartedAs> {
  const privileges = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--pdeathsig=KILL', '--']
  const started = spawn('setpriv', [...privileges, ...command], { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  started.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = once(started, 'close')
  await Promise.race([once(started.stdout, 'data'), ended])
  return {
    pid: started.pid,
    input: started.stdin,
    kill: (signal) => void started.kill(signal),
    ended,
    lines: () => output.split('\n'),
  }
}
