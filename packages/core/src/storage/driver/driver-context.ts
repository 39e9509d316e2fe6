import type { CommandRunner } from '../../command/command-runner.ts'

/** What core hands to every verb of a driver. */
export interface DriverContext {
  /** The one way out to the system. It carries the AbortSignal and the time limit of the operation by itself. */
  readonly runner: CommandRunner
  /** Aborted when the caller gave up. A driver that works without commands (copying files) checks it. */
  readonly signal?: AbortSignal
  /** Something that the user should know although it is not an error, such as files without checksums (H50). */
  warn(message: string): void
  /** Progress of a long operation. `totalBytes` is left out while it is unknown. */
  progress(progress: { readonly doneBytes: number; readonly totalBytes?: number }): void
}
