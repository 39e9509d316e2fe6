import process from 'node:process'
import { createInterface } from 'node:readline/promises'
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
  try {
    return /^y(es)?$/i.test((await terminal.question(`${printable(question)} [y/N] `, { signal })).trim())
  } finally {
    terminal.close()
  }
}
