import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Runs a command when it is disposed of, or when this process ends, even if it is killed: what a test has stopped or frozen goes
 * on in any case.
 */
export async function runAtEnd(file: string, args: readonly string[]): Promise<AsyncDisposable> {
  // Reading ends with whoever holds the other end of the pipe.
  const words = ['-c', 'cat > /dev/null; exec "$@"', 'sh', file, ...args]
  const waiting = spawn('sh', words, { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  await once(waiting, 'spawn')
  const ended = once(waiting, 'exit')
  return {
    async [Symbol.asyncDispose]() {
      waiting.stdin.end()
      await ended
    },
  }
}
