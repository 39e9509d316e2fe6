import { PgforkError } from '../../errors/pgfork-error.ts'

/** `what` is the sentence that the error says. @throws PgforkError `ABORTED` */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new PgforkError('ABORTED', what, { cause: signal.reason })
}
