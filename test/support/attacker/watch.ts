import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { UserIdentity } from '@pgfork/core'
import { startAs } from './start-as.ts'

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
  // The program is read here: he may not enter the checkout.
  const source = await readFile(program, 'utf8')
  const words = ['--input-type=module', '--eval', source, '--', ...folders, '--sockets', ...ofSockets]
  const watcher = await startAs(user, [process.execPath, ...words])
  if (watcher.lines()[0] !== 'watching') throw new Error('The watcher did not begin.')
  return {
    async stop() {
      watcher.input.end('stop')
      await watcher.ended
      return JSON.parse(watcher.lines()[1] ?? '') as Watched
    },
    async [Symbol.asyncDispose]() {
      watcher.kill('SIGKILL')
      await watcher.ended
    },
  }
}
