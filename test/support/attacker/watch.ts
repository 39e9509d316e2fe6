import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { UserIdentity } from '@pgfork/core'

const program = fileURLToPath(new URL('watch.mjs', import.meta.url))

interface Watched {
  /** How often he looked at everything, and how many things. */
  readonly rounds: number
  readonly looked: number
  /** What he should not have got at. */
  readonly got: readonly string[]
}

/** Somebody who looks all the time at what other users' servers show: files, sockets and processes. */
export interface Watcher extends AsyncDisposable {
  stop(): Promise<Watched>
}

/**
 * @param folders in which he looks for files and sockets
 * @param ofSockets others, in which he looks for sockets
 */
export async function startWatching(
  user: UserIdentity,
  folders: readonly string[],
  ofSockets: readonly string[],
): Promise<Watcher> {
  const privileges = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--pdeathsig=KILL', '--']
  // The program is read here: he may not enter the checkout.
  const words = [
    '--input-type=module',
    '--eval',
    await readFile(program, 'utf8'),
    '--',
    ...folders,
    '--sockets',
    ...ofSockets,
  ]
  const watcher = spawn('setpriv', [...privileges, process.execPath, ...words], {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  watcher.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = once(watcher, 'close')
  await Promise.race([once(watcher.stdout, 'data'), ended])
  if (!output.startsWith('watching\n')) throw new Error('The watcher did not begin.')
  return {
    async stop() {
      watcher.stdin.end('stop')
      await ended
      return JSON.parse(output.split('\n')[1] ?? '') as Watched
    },
    async [Symbol.asyncDispose]() {
      watcher.kill('SIGKILL')
      await ended
    },
  }
}
