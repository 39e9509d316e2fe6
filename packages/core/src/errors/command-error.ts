import type { ErrorCode } from './codes.ts'
import { PgforkError } from './pgfork-error.ts'

/** What a `CommandError` is made of: the command, how it ended, and what it wrote. */
export interface CommandFailure {
  readonly command: readonly string[]
  readonly exitCode?: number
  readonly signal?: string
  readonly stderr: string
  readonly durationMs: number
  readonly cause?: unknown
}

/** An external command that failed: the exact command and its stderr are kept. */
export class CommandError extends PgforkError {
  readonly command: readonly string[]
  readonly exitCode: number | undefined
  readonly stderr: string

  constructor(code: ErrorCode, message: string, failure: CommandFailure) {
    const { cause, ...facts } = failure
    super(code, message, { cause, facts })
    this.name = 'CommandError'
    this.command = failure.command
    this.exitCode = failure.exitCode
    this.stderr = failure.stderr
  }
}
