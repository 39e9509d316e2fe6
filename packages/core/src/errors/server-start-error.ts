import { PgforkError } from './pgfork-error.ts'

/** A fork's server that did not become ready. `log` is the end of what it wrote. */
export class ServerStartError extends PgforkError {
  readonly log: string

  constructor(message: string, log: string, cause?: unknown) {
    super('SERVER_START_FAILED', `${message}\n${log}`, { cause, facts: { log } })
    this.name = 'ServerStartError'
    this.log = log
  }
}
