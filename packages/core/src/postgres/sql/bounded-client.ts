import { Client, type ClientConfig } from 'pg'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import { abortable } from '../../process/abortable.ts'
import { requestCancel } from './request-cancel.ts'

/** How long a server may take to let us in, and for each answer, and who may give up before. */
export interface SessionBounds {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** What node-postgres has and doesn't type. */
interface Internals {
  readonly connection: { readonly stream: { destroy(): void } }
  readonly processID: number | null
  readonly secretKey: number | null
}

type Method = (...parameters: unknown[]) => Promise<unknown>

/**
 * A client that waits for nothing without a bound: a server that is frozen, or waits for something itself, answers neither a login nor a
 * statement nor a farewell (H78). What is given up is cancelled, and the connection broken.
 *
 * Both ways it throws a `PgforkError`: `ABORTED` by the signal, `TIMED_OUT` at the bound.
 */
export class BoundedClient extends Client {
  readonly #bounds: SessionBounds

  constructor(config: ClientConfig, bounds: SessionBounds) {
    super(config)
    this.#bounds = bounds
  }

  // biome-ignore lint/suspicious/noExplicitAny: overloads of the base class, which only rest parameters cover
  override connect(...parameters: any[]): any {
    return this.#bound((super.connect as Method).apply(this, parameters))
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  override query(...parameters: any[]): any {
    return this.#bound((super.query as Method).apply(this, parameters))
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  override end(...parameters: any[]): any {
    if (this.#bounds.signal?.aborted) this.#break()
    return (super.end as Method).apply(this, parameters)
  }

  async #bound<T>(pending: Promise<T>): Promise<T> {
    const { timeoutMs } = this.#bounds
    try {
      return await abortable(pending, { what: 'An answer', ...this.#bounds })
    } catch (error) {
      if (!isPgforkError(error)) throw error
      this.#break()
      this.#cancel()
      if (error.code !== 'TIMED_OUT') throw error
      throw new PgforkError(
        'TIMED_OUT',
        `The server at ${this.host}, port ${this.port}, did not answer within ${timeoutMs} ms. Look whether it is stopped or waits for its ` +
          'storage; for one that is only slow, raise timeouts.sourceStatementMs.',
        { hazard: 'H78', facts: { host: this.host, port: this.port, timeoutMs } },
      )
    }
  }

  #break(): void {
    this.#internals.connection.stream.destroy()
  }

  /** Otherwise the server would go on with the statement, such as a checkpoint, until it has a result for nobody. */
  #cancel(): void {
    const { processID: processId, secretKey } = this.#internals
    if (processId !== null && secretKey !== null)
      requestCancel({ host: this.host, port: this.port, processId, secretKey })
  }

  get #internals(): Internals {
    return this as unknown as Internals
  }
}
