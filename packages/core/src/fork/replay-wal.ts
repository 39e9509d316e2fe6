import process from 'node:process'
import { ServerStartError } from '../errors/server-start-error.ts'
import type { Operation } from '../operation/operation.ts'
import { parseConfiguration } from '../postgres/files/configuration-file.ts'
import { parseSegmentName } from '../postgres/files/location.ts'
import { replayBuffers, replaySettings } from '../postgres/settings/replay-settings.ts'
import type { StartableFork } from '../records/fork-record.ts'
import type { ReplayedWal } from './recover-to-moment.ts'
import { startServer } from './start-server.ts'

/** Settings of the server that only replays, beside the fork's own; undefined where the fork's own do as well. */
export function settingsForReplay(
  configuration: string,
  major: number,
  { start, stop }: ReplayedWal,
): Readonly<Record<string, string>> | undefined {
  const sharedBuffers = parseConfiguration(configuration).findLast(({ name }) => name === 'shared_buffers')?.value ?? ''
  const freeBytes = process.availableMemory()
  const buffers = replayBuffers({ sharedBuffers, walBytes: stop - start, freeBytes })
  return buffers === undefined ? undefined : replaySettings(major, buffers)
}

/** Tells the progress of a replay, in bytes of the WAL that it is to replay. */
export const tellReplay =
  ({ steps }: Pick<Operation, 'steps'>, { start, stop, segmentBytes }: ReplayedWal) =>
  (name: string): void => {
    const segment = parseSegmentName(name, segmentBytes)
    if (segment === undefined) return
    const doneBytes = Math.min(Math.max(segment.number * segmentBytes - start, 0), stop - start)
    steps.progress({ doneBytes, totalBytes: stop - start })
  }

/**
 * The step `replay`: a server with large buffers recovers the fork and ends cleanly. Its files and its record are those with which the fork
 * itself starts: whatever ends in between leaves a fork that isn't ready, which is found and removed as any other.
 *
 * @returns false where the system doesn't give so much memory: then the fork's own server recovers
 */
export async function replayWal(operation: Operation, fork: StartableFork, wal: ReplayedWal): Promise<boolean> {
  const { launcher, timeouts } = operation
  try {
    await startServer(operation, fork, { promotes: true, onReplay: tellReplay(operation, wal) })
  } catch (error) {
    if (error instanceof ServerStartError && /could not (map anonymous|create) shared memory/.test(error.log))
      return false
    throw error
  }
  // It writes all that it has replayed, which belongs to recovery.
  await launcher.stop({ server: fork.server, owner: fork.owner, mode: 'fast', timeoutMs: timeouts.startMs })
  return true
}
