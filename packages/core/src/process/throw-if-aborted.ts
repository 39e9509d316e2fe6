import { PgforkError } from '../errors/pgfork-error.ts'

/** @throws PgforkError `ABORTED` when the caller has given up. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal)
}

export const aborted = (signal: AbortSignal): PgforkError =>
  new PgforkError('ABORTED', 'The operation was aborted.', { cause: signal.reason })
