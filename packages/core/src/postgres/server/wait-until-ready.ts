import type { UserIdentity } from '../../command/command-runner.ts'
import type { Directory } from '../../files/directory.ts'
import { waitUntil } from '../../process/wait-until.ts'
import { type PostmasterPid, readPostmasterPid } from '../files/postmaster-pid.ts'
import { promotionOf } from './ask-promotion.ts'
import { watchReplay } from './replayed-segment.ts'
import { watchFile } from './watch-file.ts'

/** A server that was just started, wherever that is. */
export interface StartingServer {
  /** The pid here of the postmaster that a lock file names; undefined when the file is another's. */
  pidOf(postmaster: PostmasterPid): number | undefined
  /** Looked at again at every pause. @throws when it has ended */
  check(): void | Promise<void>
  /** Settles when it ends, where somebody tells; `check` says how. */
  readonly ended?: Promise<unknown>
}

/** How a start is waited for. */
export interface WaitUntilReadyRequest {
  readonly owner: UserIdentity
  readonly promotes: boolean
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  readonly onReplay?: ((segment: string) => void) | undefined
}

/**
 * The server writes its state into the lock file as soon as it changes (miscinit.c); with hot_standby off, ready is writable.
 *
 * @returns its lock file
 */
export async function waitUntilReady(
  server: StartingServer,
  directory: Directory,
  { owner, promotes, timeoutMs, signal, onReplay }: WaitUntilReadyRequest,
): Promise<PostmasterPid> {
  using changes = watchFile(directory.held, 'postmaster.pid')
  const promote = promotes ? promotionOf(directory, owner) : undefined
  const lookAtReplay = onReplay && watchReplay()
  void server.ended?.then(() => changes.wake())
  // Awaited here: what returns a promise has disposed of the watch by then.
  return await waitUntil(
    async () => {
      await server.check()
      const postmaster = readPostmasterPid(directory)
      const pid = postmaster && server.pidOf(postmaster)
      if (postmaster?.status === undefined || pid === undefined) return false
      if (postmaster.status === 'ready') return postmaster
      promote?.(pid)
      const segment = lookAtReplay?.(pid)
      if (segment !== undefined) onReplay?.(segment)
      return false
    },
    { what: 'The start', timeoutMs, signal, longestPauseMs: changes.isTold ? 100 : 10, pause: changes.pause },
  )
}
