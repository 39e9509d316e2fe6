import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { PgforkError } from '@pgfork/core'
import { printable } from '@pgfork/core/companion'
import { usageError } from '../output/usage-error.ts'

/**
 * Asks on the terminal. Where there is none, nobody could answer.
 *
 * @throws PgforkError `INVALID_OPTION` where nobody can be asked
 */
export async function ask(question: string, isSure: boolean, signal: AbortSignal): Promise<boolean> {
  if (isSure) return true
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw usageError(`${question} Nobody can be asked here: say --yes.`, '--yes')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // While it asks, it gets the key itself, and nobody the signal.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  // By Ctrl-D: no answer will come.
  const closed = once(terminal, 'close').then(() => '')
  try {
    const answer = await Promise.race([terminal.question(`${printable(question)} [y/N] `, { signal }), closed])
    return /^y(es)?$/i.test(answer.trim())
  } catch (error) {
    if (!signal.aborted) return false
    throw new PgforkError('ABORTED', 'Interrupted before there was an answer: nothing was done.', { cause: error })
  } finally {
    terminal.close()
  }
}
