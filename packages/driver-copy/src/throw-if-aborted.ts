import { PgforkError } from '@pgfork/core'

/** @throws PgforkError `ABORTED` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new PgforkError('ABORTED', 'The copy was aborted.', { cause: signal.reason })
}
