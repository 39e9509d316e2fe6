import { boundRunner } from '../command/bound-runner.ts'
import type { CommandRunner } from '../command/command-runner.ts'
import { createRunner } from '../command/execa-runner.ts'
import { tracedRunner } from '../command/traced-runner.ts'
import { withDefaults } from '../options/with-defaults.ts'
import { placeLauncher } from '../postgres/server/place-launcher.ts'
import type { ServerLauncher } from '../postgres/server/server-launcher.ts'
import type { SessionBounds } from '../postgres/sql/bounded-client.ts'
import { openStateDirectory, type StateDirectory } from '../state/state-directory.ts'
import type { DriverContext } from '../storage/driver/driver-context.ts'
import { DriverSet } from '../storage/driver/driver-set.ts'
import type { SnapshotDriver } from '../storage/driver/snapshot-driver.ts'
import { emitWarning } from './emit-warning.ts'
import { type ProgressEvent, StepSequence } from './step-sequence.ts'
import { defaultTimeouts, type Timeouts } from './timeouts.ts'

export interface OperationOptions {
  /**
   * The storage: one driver, or several for a cluster whose volumes lie on different storages. The first one that serves a
   * directory is used for it. Default: the installed `@pgfork/driver-*` packages.
   */
  readonly driver?: SnapshotDriver | readonly SnapshotDriver[]
  /**
   * Where records are kept. Default: the environment's `PGFORK_STATE_DIRECTORY`; else `/var/lib/pgfork` for root and
   * `$XDG_STATE_HOME/pgfork` (`~/.local/state/pgfork`) for others.
   */
  readonly stateDirectory?: string
  /** Runs every external command. Default: execa. */
  readonly runner?: CommandRunner
  /** Aborts the operation. What it has done is undone. */
  readonly signal?: AbortSignal
  /** Told of each step when it starts and when it is over. */
  readonly onProgress?: (event: ProgressEvent) => void
  /** Told what the user should know although it is not an error. Default: `process.emitWarning`, with the code `PGFORK`. */
  readonly onWarning?: (message: string) => void
  /** Time limits in milliseconds. Whatever takes longer fails and is undone. */
  readonly timeouts?: Partial<Timeouts>
}

/** What one operation works with, from its first step to its last. */
export interface Operation {
  readonly state: StateDirectory
  readonly runner: CommandRunner
  /** Of every wait for a source (H78). */
  readonly sourceBounds: SessionBounds
  readonly launcher: ServerLauncher
  readonly drivers: DriverSet
  readonly steps: StepSequence
  readonly signal: AbortSignal | undefined
  readonly timeouts: Timeouts
  readonly warnings: string[]
  /**
   * For what a handle does later: by the same records, wherever the process works and whatever its environment and its user are by then. By
   * other records a protected fork would be none, and its files would go (H113).
   */
  readonly later: OperationOptions
  warn(message: string): void
  /** For a driver's verb under way. */
  driverContext(): DriverContext
  /** For undoing and for removing: not stopped by the caller's signal. */
  cleanupContext(): DriverContext
}

/** For what must go on after the signal has fired, such as removing what was made. */
export const withoutSignal = ({ signal: _signal, ...options }: OperationOptions): OperationOptions => options

export async function startOperation(options: OperationOptions): Promise<Operation> {
  const timeouts = withDefaults(options.timeouts ?? {}, defaultTimeouts)
  const plain = boundRunner(tracedRunner(options.runner ?? createRunner()), { timeoutMs: timeouts.commandMs })
  const runner = boundRunner(plain, { signal: options.signal })
  const steps = new StepSequence({ signal: options.signal, onProgress: options.onProgress })
  const warnings: string[] = []
  const tell = options.onWarning ?? emitWarning
  const warn = (message: string): void => {
    if (warnings.includes(message)) return
    warnings.push(message)
    tell(message)
  }
  // A listener that throws must not keep anything from being removed.
  const warnRegardless = (message: string): void => {
    try {
      warn(message)
    } catch {
      // It stands in the warnings all the same.
    }
  }
  const state = await openStateDirectory(options.stateDirectory)
  const progress: DriverContext['progress'] = (event) => steps.progress(event)
  return {
    state,
    runner,
    sourceBounds: { timeoutMs: timeouts.sourceStatementMs, signal: options.signal },
    // Servers are stopped in undos, too: they must not need a signal that is aborted already.
    launcher: placeLauncher({ runner: plain }),
    drivers: new DriverSet(options.driver),
    steps,
    signal: options.signal,
    timeouts,
    warnings,
    later: { ...options, stateDirectory: state.path },
    warn,
    driverContext: () => ({
      runner,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      warn,
      progress,
    }),
    cleanupContext: () => ({ runner: plain, warn: warnRegardless, progress: () => {} }),
  }
}
