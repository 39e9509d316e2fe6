/** The one way out to the system: every external command goes through an object of this shape. */
export interface CommandRunner {
  /**
   * Runs a command to its end. Arguments are passed as they are; there is no shell.
   *
   * @throws CommandError `COMMAND_FAILED` (exit status or signal), `COMMAND_NOT_FOUND`, `COMMAND_TIMED_OUT`, `ABORTED`.
   */
  run(file: string, args: readonly string[], options?: RunOptions): Promise<CommandResult>
  /** Starts a process that outlives the call. It has no standard input; both outputs are appended to `outputFile`. */
  start(file: string, args: readonly string[], options: StartOptions): Promise<StartedProcess>
}

export interface RunOptions {
  /** Default 60,000. Then the command gets SIGTERM and, 5 s later, SIGKILL. */
  readonly timeoutMs?: number
  /** Ends the command as its time limit does. */
  readonly signal?: AbortSignal
  /** Written to the command's standard input, which is empty otherwise. */
  readonly input?: string
  /** Told what the command writes to standard error as it comes, in pieces. */
  readonly onErrorOutput?: (text: string) => void
  /** Added to the clean environment: `PATH`, `HOME` and `LC_ALL=C` are all that a command inherits. */
  readonly environment?: Readonly<Record<string, string>>
  /** Runs the command as this user; only root may ask for another one than itself. */
  readonly user?: UserIdentity
  /** What the command leaves running isn't waited for, though it holds its outputs open. Default false. */
  readonly leavesChildren?: boolean
  /** Words before the command, such as `['sudo', '-n']`. */
  readonly prefix?: readonly string[]
  /**
   * Once it has begun, the command is not ended: neither at its time limit, which `warn` is told of, nor by the signal, nor with
   * this process. For what suspends the storage of others and must come to resuming it (H74).
   */
  readonly uninterruptible?: { warn(message: string): void }
}

/** A user of the operating system and his group. */
export interface UserIdentity {
  readonly uid: number
  readonly gid: number
}

/** Of a command that succeeded. */
export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

export interface StartOptions {
  /** A path, or the descriptor of a file that is open for appending. */
  readonly outputFile: string | number
  /** Absolute. */
  readonly workingDirectory: string
  /** Whom it runs as. Default: the caller. */
  readonly user?: UserIdentity
  /** Added to the clean environment, as for `run`. */
  readonly environment?: Readonly<Record<string, string>>
  /** The kernel ends the process when the caller's dies, however it dies (Linux: `PR_SET_PDEATHSIG`). */
  readonly diesWithCaller: boolean
}

/** A process that goes on while its caller does other things. */
export interface StartedProcess {
  readonly pid: number
  /** Settles when the process ends while the caller still runs. */
  readonly exited: Promise<{ readonly exitCode?: number; readonly signal?: string }>
}
