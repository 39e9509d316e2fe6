import type { ErrorCode } from './codes.ts'
import { helpOf } from './help.ts'

/** What an error has besides its code and message. */
export interface ErrorDetails {
  readonly cause?: unknown
  /** The row of docs/hazards.md that this protects from, such as `H3`. */
  readonly hazard?: string
  /** Paths, settings, numbers. Plain data without secrets. */
  readonly facts?: Readonly<Record<string, unknown>>
}

/** What could not be undone after a failure, and why. */
export interface LeftBehind {
  readonly step: string
  readonly reason: string
}

/** Every error that pgfork throws. Handle it by its `code`; `message` says what to do next. */
export class PgforkError extends Error {
  readonly code: ErrorCode
  readonly hazard: string | undefined
  readonly facts: Readonly<Record<string, unknown>>
  /** The step that failed, if one was under way. */
  step: string | undefined
  /** What could not be undone after the failure, and why. Empty if nothing was left behind. */
  readonly leftBehind: LeftBehind[] = []
  /** The page about its code, an URL. Undefined where a bundler has left the pages behind. */
  readonly help: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'PgforkError'
    this.code = code
    this.hazard = details.hazard
    this.facts = details.facts ?? {}
    this.help = helpOf(code)
  }

  /** Plain data, for workers and logs: an Error loses its fields when it is cloned. */
  toJSON(): Record<string, unknown> {
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      ...(this.step === undefined ? {} : { step: this.step }),
      ...(this.hazard === undefined ? {} : { hazard: this.hazard }),
      ...(this.leftBehind.length === 0 ? {} : { leftBehind: this.leftBehind }),
      facts: this.facts,
      ...(this.help === undefined ? {} : { help: this.help }),
    }
  }
}

/** Whether an error is one of pgfork's, with this code if one is given. */
export const isPgforkError = (error: unknown, code?: ErrorCode): error is PgforkError =>
  error instanceof PgforkError && (code === undefined || error.code === code)
