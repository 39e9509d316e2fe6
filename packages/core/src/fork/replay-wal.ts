import process from 'node:process'
import { ServerStartError } from '../errors/server-start-error.ts'
import type { Operation } from '../operation/operation.ts'
import { parseConfiguration } from '../postgres/files/configuration-file.ts'
import { parseSegmentName } from '../postgres/files/location.ts'
import { noAccess } from '../postgres/sanitize/access-rules.ts'
import { replayBuffers, replaySettings } from '../postgres/settings/replay-settings.ts'
import type { ReplayedWal } from './recover-to-moment.ts'
import type { ServerFiles } from './server-files.ts'
import { startServer } from './start-server.ts'

/** WAL that is better replayed by a server of its own. */
export interface OwnReplay {
  readonly wal: ReplayedWal
  /** Of that server, beside the fork's own. */
  readonly settings: Readonly<Record<string, string>>
}

/** @returns undefined where the fork's own server, with this configuration, replays it as well */
export function planReplay(configuration: string, major: number, wal: ReplayedWal): OwnReplay | undefined {
  const sharedBuffers = parseConfiguration(configuration).findLast(({ name }) => name === 'shared_buffers')?.value ?? ''
  const freeBytes = process.availableMemory()
  const buffers = replayBuffers({ sharedBuffers, walBytes: wal.stop - wal.start, freeBytes })
  return buffers === undefined ? undefined : { wal, settings: replaySettings(major, buffers) }
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
 * The step `replay`: a server with large buffers, which nobody gets into, recovers the fork and ends cleanly. Its files and its record are those
 * with which the fork itself starts: whatever ends in between leaves a fork that isn't ready, which is found and removed as any other.
 *
 * @returns false where the system doesn't give so much memory, or takes it back: then the fork's own server recovers
 */
export const replayWal = (
  operation: Operation,
  { wal, settings }: OwnReplay,
  files: ServerFiles,
  port: number,
): Promise<boolean> =>
  operation.steps.run('replay', async () => {
    files.setAccess(noAccess)
    const fork = await files.configure(port, settings)
    const { launcher, timeouts } = operation
    try {
      await startServer(operation, fork, { promotes: true, onReplay: tellReplay(operation, wal) })
    } catch (error) {
      if (!(error instanceof ServerStartError && isOutOfMemory(error))) throw error
      operation.warn(
        'The system had too little memory for a server with large buffers, which was to replay the WAL up to the moment. The server of the ' +
          'fork does so with its own, which takes longer.',
      )
      return false
    }
    // It writes all that it has replayed, which belongs to recovery.
    await launcher.stop({ server: fork.server, owner: fork.owner, mode: 'fast', timeoutMs: timeouts.startMs })
    return true
  })

/**
 * The memory is refused when the server starts, or one of its processes is killed when the memory is used: by the kernel, or by what watches
 * over a service. Which process that is, is not for us to say.
 */
export const isOutOfMemory = ({ log, message }: ServerStartError): boolean =>
  /could not (map anonymous|create) shared memory|was terminated by signal 9\b|^\S+.* out of memory$/m.test(log) ||
  message.includes('postgres ended with SIGKILL')
