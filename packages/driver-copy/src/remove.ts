import process from 'node:process'
import {
  type DriverContext,
  type Entry,
  isBelow,
  listMounts,
  PgforkError,
  removeEntry,
  untilNotBusy,
} from '@pgfork/core'
import { treeTimeoutMs } from './command.ts'
import { explainCommandError } from './command-errors.ts'
import type { Settings } from './options.ts'

/** Removes a snapshot or clone with whatever was left of it. */
export async function remove(entry: Entry, settings: Settings, context: DriverContext): Promise<void> {
  await removeEntry(entry, context, (path) =>
    untilNotBusy(() => removeFiles(path, context), settings.busyTimeoutMs, context),
  )
}

/** rm follows no link and can't be led astray by one put in a directory's place; but it goes into mounts. */
async function removeFiles(path: string, context: DriverContext): Promise<void> {
  await refuseMounts(path)
  const careful = process.platform === 'linux' ? ['--one-file-system'] : []
  const args = ['-rf', ...careful, '--', path]
  await context.runner.run('rm', args, { timeoutMs: treeTimeoutMs }).catch((error: unknown) => {
    throw explainCommandError(error)
  })
}

/** Also of the same file system: the source's own directory could be seen there. */
async function refuseMounts(path: string): Promise<void> {
  if (process.platform !== 'linux') return
  const mountPoints = (await listMounts()).map(({ mountPoint }) => mountPoint).filter((point) => isBelow(point, path))
  if (mountPoints.length === 0) return
  throw new PgforkError(
    'BUSY',
    `${path} can't be removed while something is mounted in it. Unmount ${mountPoints.join(', ')}.`,
    {
      facts: { path, mountPoints },
    },
  )
}
