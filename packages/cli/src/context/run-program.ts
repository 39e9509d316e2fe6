import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { exitStatus, statusOfSignal } from '../output/exit-status.ts'
import { signalNumber } from '../output/signal-number.ts'
import { terminal } from '../output/terminal.ts'
import type { Interruption } from './interruption.ts'

const forwarded = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const
/** A terminal sends these to all processes of its foreground: the program has it already. */
const ofTerminal: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']

/**
 * Runs a program of the user's with our terminal, and passes on the signals that we get. From here on they end this process no more:
 * whoever calls has something to tidy up. One that came before ends it, although nobody has noticed.
 *
 * @returns its exit status, as a shell tells it
 */
export async function runProgram(
  [file = '', ...args]: readonly string[],
  environment: NodeJS.ProcessEnv,
  interruption: Interruption,
): Promise<number> {
  interruption.signal.throwIfAborted()
  const child = spawn(file, args, { stdio: 'inherit', env: environment })
  const listener = (signal: NodeJS.Signals): void => {
    if (!(ofTerminal.includes(signal) && isInForeground())) child.kill(signal)
  }
  for (const signal of forwarded) process.on(signal, listener)
  interruption.release()
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const { cannotRun, commandNotFound } = exitStatus
      const isMissing = error.code === 'ENOENT'
      terminal.error(`pgfork: ${file} ${isMissing ? 'was not found' : 'cannot be run'}.`)
      resolve(isMissing ? commandNotFound : cannotRun)
    })
    child.once('exit', (status, signal) =>
      resolve(signal === null ? (status ?? 1) : statusOfSignal(signalNumber(signal))),
    )
  })
}

/** Whether a terminal's keys reach this process's group: proc(5), `tpgid` and `pgrp`. */
function isInForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return group === foreground
  } catch {
    return process.stdin.isTTY === true
  }
}
