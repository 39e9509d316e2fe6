import { type FileHandle, open } from 'node:fs/promises'
import {
  CommandError,
  type CommandResult,
  type CommandRunner,
  createRunner,
  type RunOptions,
  type StartedProcess,
  type StartOptions,
} from '@pgfork/core'
import { rememberServer } from '../system/started-servers.ts'
import { type CommandRecord, formatRecord } from './command-record.ts'
import { type EvidenceSource, lastLines } from './evidence.ts'
import type { Trouble, TroublePlan } from './trouble.ts'

/** A runner that remembers what it ran. Disposing of it lets go of the logs of processes that still run. */
export interface RecordingRunner extends CommandRunner, EvidenceSource, AsyncDisposable {
  /** In the order of their beginnings. */
  readonly commands: readonly CommandRecord[]
}

export interface RecordCommandsOptions {
  /** Default: core's own runner. */
  readonly runner?: CommandRunner
  readonly trouble?: TroublePlan
  /** A time limit in milliseconds for what hangs, below the command's own. */
  readonly hangMs?: number
}

/** Wraps a runner: every command is recorded, and meets trouble where that was ordered. */
export function recordCommands(recording: RecordCommandsOptions = {}): RecordingRunner {
  const { runner = createRunner(), trouble, hangMs } = recording
  const commands: CommandRecord[] = []
  const logs = new Map<CommandRecord, FileHandle>()

  function begin(kind: 'run' | 'start', file: string, args: readonly string[], uid: number | undefined): CommandRecord {
    const call = { number: commands.length + 1, file, args }
    const unknown = { outcome: undefined, durationMs: undefined, stderr: '', output: '' }
    const record: CommandRecord = { ...call, kind, uid, trouble: trouble?.(call), ...unknown }
    commands.push(record)
    return record
  }

  /** Runs what a command does under its trouble, and notes how it ended. */
  async function note<Result>(record: CommandRecord, action: () => Promise<Result>): Promise<Result> {
    const started = performance.now()
    try {
      if (typeof record.trouble === 'function') await record.trouble()
      if (record.trouble === 'fail') throw orderedFailure(record)
      const result = await action()
      if (record.trouble === 'fail-afterwards' && record.kind === 'run') throw orderedFailure(record)
      if (record.kind === 'run') record.outcome = 'exit status 0'
      return result
    } catch (error) {
      record.outcome = error instanceof CommandError ? `${error.code}, exit status ${error.exitCode}` : String(error)
      record.stderr = error instanceof CommandError ? error.stderr : ''
      throw error
    } finally {
      record.durationMs = performance.now() - started
    }
  }

  async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const record = begin('run', file, args, options.user?.uid)
    return note(record, async () => {
      const limits = record.trouble === 'hang' && hangMs !== undefined ? { timeoutMs: hangMs } : {}
      const result = await runner.run(...instead(record.trouble, file, args), { ...options, ...limits })
      record.stderr = result.stderr
      return result
    })
  }

  async function start(file: string, args: readonly string[], options: StartOptions): Promise<StartedProcess> {
    const record = begin('start', file, args, options.user?.uid)
    return note(record, async () => {
      const started = await runner.start(...instead(record.trouble, file, args), options)
      rememberServer(started.pid)
      // An open file can still be read when its fork has been deleted.
      const { outputFile } = options
      const path = typeof outputFile === 'number' ? `/proc/self/fd/${outputFile}` : outputFile
      const log = await open(path).catch(() => undefined)
      if (log !== undefined) logs.set(record, log)
      void started.exited.then(({ exitCode, signal }) => {
        record.outcome = signal ?? `exit status ${exitCode}`
        return releaseLog(record)
      })
      if (record.trouble === 'fail-afterwards') process.kill(started.pid, 'SIGQUIT')
      return started
    })
  }

  async function readOutput(record: CommandRecord): Promise<void> {
    const log = logs.get(record)
    if (log !== undefined) record.output = await readTail(log).catch((error: unknown) => `Its output: ${error}`)
  }

  async function releaseLog(record: CommandRecord): Promise<void> {
    await readOutput(record)
    const log = logs.get(record)
    logs.delete(record)
    await log?.close()
  }

  return {
    run,
    start,
    commands,
    async evidence() {
      await Promise.all([...logs.keys()].map(readOutput))
      return `Commands:\n${commands.map(formatRecord).join('\n')}`
    },
    [Symbol.asyncDispose]: async () => void (await Promise.all([...logs.keys()].map(releaseLog))),
  }
}

/** A command that doesn't end stands in for one that hangs. */
const instead = (trouble: Trouble | undefined, file: string, args: readonly string[]): [string, readonly string[]] =>
  trouble === 'hang' ? ['sleep', ['86400']] : [file, args]

function orderedFailure({ file, args, trouble }: CommandRecord): CommandError {
  const command = [file, ...args]
  const stderr = 'This failure was ordered by the test.'
  const message = `${command.join(' ')} ended with exit status 1 (${trouble}): ${stderr}`
  return new CommandError('COMMAND_FAILED', message, { command, exitCode: 1, stderr, durationMs: 0 })
}

async function readTail(file: FileHandle): Promise<string> {
  const limit = 64 * 1024
  const { size } = await file.stat()
  const buffer = Buffer.alloc(Math.min(size, limit))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length)
  return lastLines(buffer.toString('utf8', 0, bytesRead))
}
