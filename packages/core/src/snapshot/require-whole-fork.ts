import { isDeepStrictEqual } from 'node:util'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import type { Inspection } from '../postgres/source/inspection.ts'
import { findForkAt } from '../records/find-fork-at.ts'
import { forkStore } from '../records/fork-record.ts'
import { lackWarning, mayLackWrites } from '../records/may-lack-writes.ts'
import { isReady } from '../records/transitions.ts'

/**
 * Of a source that is a fork itself: that nobody makes, resets or removes it. While it is being reset, it may hold what its `prepare` has
 * yet to mask (H68). Without its lock, under which only one fork of it could be made at a time (H76).
 *
 * @returns refuses one that has been changed meanwhile: after a whole reset it is ready again, with another server
 * @throws PgforkError `FORK_NOT_READY`, `SOURCE_CHANGED`
 */
export async function requireWholeFork(
  { state, warn }: Pick<Operation, 'state' | 'warn'>,
  { dataDirectory, remote }: Inspection,
): Promise<() => Promise<void>> {
  const store = forkStore(state)
  // What has that path here is something else than what has it on another host.
  const fork = remote === undefined ? await findForkAt(state, dataDirectory) : undefined
  if (fork === undefined) return async () => {}
  await store.requireReady(fork)
  if (mayLackWrites(fork))
    warn(lackWarning(`The fork ${fork.name}, which is the source, never flushed anything, being a throwaway one`))
  return async () => {
    const current = await store.findSame(fork)
    if (current !== undefined && isReady(current) && isDeepStrictEqual(current.server, fork.server)) return
    throw new PgforkError(
      'SOURCE_CHANGED',
      `The fork ${fork.name} was reset, started or removed while it was being copied, so the copy is useless and was removed. Try again.`,
      { hazard: 'H76', facts: { name: fork.name } },
    )
  }
}
