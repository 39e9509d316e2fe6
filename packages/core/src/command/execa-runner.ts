import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import process from 'node:process'
import { clearTimeout, setTimeout } from 'node:timers'
import { ExecaError, execa, type Options, type ResultPromise } from 'execa'
import type { ErrorCode } from '../errors/codes.ts'
import { CommandError } from '../errors/command-error.ts'
import { isSystemError } from '../errors/from-system-error.ts'
import { beginChild } from './begin-child.ts'
import type { CommandResult, CommandRunner, RunOptions, StartedProcess, StartOptions } from './command-runner.ts'
import { OutputFile } from './output-file.ts'
import { changesUser, privilegeArguments } from './privilege-arguments.ts'
import { programFolders } from './program-folders.ts'

const killAfterMs = 5_000
const defaultTimeoutMs = 60_000
/** The folder may belong to the command's user, who must not lead root elsewhere by a symbolic link. */
const appendOnly = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW

const fixed = {
  cwd: '/',
  extendEnv: false,
  forceKillAfterDelay: killAfterMs,
  maxBuffer: 64 * 1024 * 1024,
} satisfies Options

/** Commands run by execa, without a shell and with an environment of their own (no PGDATA, PGOPTIONS, LC_ALL ..). */
export function createRunner(): CommandRunner {
  return { run, start }
}

async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  const isOthers = changesUser(options.user)
  const words = privilegeArguments(options.user, isOthers ? 'KILL' : undefined)
  const command = [...(options.prefix ?? []), ...words, file, ...args]
  if (options.uninterruptible !== undefined) return runToItsEnd(command, options, options.uninterruptible)
  const started = performance.now()
  try {
    const { running } = await beginChild(() =>
      execa(command[0] as string, command.slice(1), {
        ...fixed,
        // In a session of its own: in ours, what the owner names could type commands into root's terminal, or read it (H62).
        detached: isOthers,
        env: { ...cleanEnvironment(), ...options.environment },
        timeout: options.timeoutMs ?? defaultTimeoutMs,
        ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
        // Nothing to read is cheaper than an empty pipe.
        ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      }),
    )
    letGoOfChildren(running, options.leavesChildren === true)
    const { onErrorOutput } = options
    if (onErrorOutput !== undefined) running.stderr?.on('data', (text: Buffer) => onErrorOutput(String(text)))
    const result = await running
    return { stdout: result.stdout, stderr: result.stderr, durationMs: performance.now() - started }
  } catch (error) {
    throw toCommandError(error, command, performance.now() - started)
  }
}

/** In a session of its own, where a Ctrl-C doesn't reach it, and with files for its output: it goes on when this process ends. */
async function runToItsEnd(
  command: readonly string[],
  { timeoutMs = defaultTimeoutMs, signal, environment, input }: RunOptions,
  { warn }: NonNullable<RunOptions['uninterruptible']>,
): Promise<CommandResult> {
  const line = command.join(' ')
  if (signal?.aborted)
    throw new CommandError('ABORTED', `${line} was not started, because the operation was aborted.`, {
      ...{ command, stderr: '', durationMs: 0, cause: signal.reason },
    })
  using stdout = new OutputFile()
  using stderr = new OutputFile()
  const started = performance.now()
  const timer = setTimeout(
    () =>
      warn(
        `${line} has not ended within ${timeoutMs} ms. It is waited for: ending it could leave storage suspended (H74).`,
      ),
    timeoutMs,
  )
  try {
    const { running } = await beginChild(() =>
      execa(command[0] as string, command.slice(1), {
        ...fixed,
        ...{ cleanup: false, detached: true },
        env: { ...cleanEnvironment(), ...environment },
        // Its types know of few descriptors.
        stdio: [input === undefined ? 'ignore' : 'pipe', stdout.descriptor as 3, stderr.descriptor as 3],
        ...(input === undefined ? {} : { input }),
      }),
    )
    await running
    return { stdout: stdout.read(), stderr: stderr.read(), durationMs: performance.now() - started }
  } catch (error) {
    throw toCommandError(error, command, performance.now() - started, stderr.read())
  } finally {
    clearTimeout(timer)
  }
}

/** A command that was ended may leave children behind who hold its output open: they aren't waited for. */
function letGoOfChildren(running: ResultPromise, always: boolean): void {
  running.once('exit', () => {
    if (!running.killed && !always) return
    setTimeout(() => {
      running.stdout?.destroy()
      running.stderr?.destroy()
    }, 100)
  })
}

/** Without execa, whose streams, time limits and clean-up a server doesn't need and would wait for. */
async function start(file: string, args: readonly string[], options: StartOptions): Promise<StartedProcess> {
  // SIGQUIT is PostgreSQL's immediate shutdown: a server whose maker was killed has nobody left who would miss its last checkpoint.
  const deathSignal = options.diesWithCaller ? 'QUIT' : undefined
  const command = [...privilegeArguments(options.user, deathSignal), file, ...args]
  const { outputFile } = options
  const opened = typeof outputFile === 'number' ? undefined : await open(outputFile, appendOnly, 0o600)
  const output = typeof outputFile === 'number' ? outputFile : opened?.fd
  try {
    const started = spawn(command[0] as string, command.slice(1), {
      cwd: options.workingDirectory,
      env: { ...cleanEnvironment(), ...options.environment },
      stdio: ['ignore', output, output],
      detached: true,
    })
    const { pid } = started
    if (pid === undefined) {
      const [error] = await once(started, 'error')
      throw notStarted(error as NodeJS.ErrnoException, command)
    }
    const exited = new Promise<Awaited<StartedProcess['exited']>>((resolve) => {
      started.once('exit', (exitCode, signal) =>
        resolve({ ...(exitCode === null ? {} : { exitCode }), ...(signal === null ? {} : { signal }) }),
      )
    })
    started.unref()
    return { pid, exited }
  } finally {
    await opened?.close()
  }
}

/** Only what a command needs to be found and to speak English: nothing that changes a fork's meaning. */
function cleanEnvironment(): Record<string, string> {
  return {
    PATH: programFolders().join(':'),
    HOME: process.env.HOME ?? '/',
    LC_ALL: 'C',
  }
}

function notStarted(cause: NodeJS.ErrnoException, command: readonly string[]): CommandError {
  const code = cause.code === 'ENOENT' ? 'COMMAND_NOT_FOUND' : 'COMMAND_FAILED'
  const message = `${command.join(' ')} could not be started: ${cause.message}.`
  return new CommandError(code, message, { command, stderr: '', durationMs: 0, cause })
}

function toCommandError(
  error: unknown,
  command: readonly string[],
  durationMs: number,
  written?: string,
): CommandError {
  const line = command.join(' ')
  if (isSystemError(error)) return notStarted(error, command)
  if (!(error instanceof ExecaError))
    return new CommandError('COMMAND_FAILED', `${line} could not be run.`, {
      command,
      stderr: '',
      durationMs,
      cause: error,
    })
  const stderr = written ?? String(error.stderr ?? '')
  const [code, what] = classify(error)
  return new CommandError(code, `${line} ${what}${stderr === '' ? '.' : `: ${stderr.trim()}`}`, {
    command,
    stderr,
    durationMs,
    ...(error.exitCode === undefined ? {} : { exitCode: error.exitCode }),
    ...(error.signal === undefined ? {} : { signal: error.signal }),
    cause: error.cause,
  })
}

function classify(error: ExecaError): [ErrorCode, string] {
  if (error.isCanceled) return ['ABORTED', 'was aborted']
  if (error.timedOut) return ['COMMAND_TIMED_OUT', 'did not end in time']
  if (error.code === 'ENOENT') return ['COMMAND_NOT_FOUND', 'is not installed or not on the PATH']
  if (error.signal !== undefined) return ['COMMAND_FAILED', `was ended by ${error.signal}`]
  return ['COMMAND_FAILED', `ended with exit status ${error.exitCode ?? 'unknown'}`]
}
