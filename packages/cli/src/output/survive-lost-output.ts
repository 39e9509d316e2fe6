import process from 'node:process'
import { exitStatus } from './exit-status.ts'
import { terminal } from './terminal.ts'

/**
 * A reader that goes away, such as `head`, and a full disk must not end what is under way: a fork would stay half made, and a command of `run` be
 * left alone. A result that can't be written is a failure, unless nobody wants to read it any more.
 *
 * @returns whether a result could not be written
 */
export function surviveLostOutput(): () => boolean {
  let isLost = false
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isLost) return
    isLost = true
    process.exitCode ||= exitStatus.failed
    terminal.error(`pgfork: Standard output can't be written: ${error.message}`)
  })
  return () => isLost
}
