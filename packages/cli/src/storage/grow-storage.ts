import { statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import process from 'node:process'
import { type CommandRunner, PgforkError } from '@pgfork/core'
import { checkPlace } from '@pgfork/core/companion'
import { usageError } from '../output/usage-error.ts'
import { isMounted, sourceOfMount } from './mounted.ts'
import { refuseShortage } from './plan-storage.ts'
import type { StorageRecord } from './storage-record.ts'

/**
 * What makes a storage larger, in this order: its file first, which takes all of its room at once. It stays mounted, and its forks go on.
 *
 * @param sizeBytes of the file from now on; undefined for a device, all of which is taken
 * @throws PgforkError `PERMISSION_DENIED`, `STORAGE_MISSING` (H72), `NO_SPACE`, `INVALID_OPTION`
 */
export async function planGrowth(
  record: StorageRecord,
  sizeBytes: number | undefined,
  runner: CommandRunner,
): Promise<string[][]> {
  if (process.geteuid?.() !== 0)
    throw new PgforkError('PERMISSION_DENIED', 'Making a file system larger takes root: run it by sudo.')
  const { mountPoint, image } = record
  const resize = ['btrfs', 'filesystem', 'resize', 'max', mountPoint]
  const device = (await isMounted(record, runner)) ? sourceOfMount(mountPoint) : undefined
  if (device === undefined)
    throw new PgforkError('STORAGE_MISSING', `${mountPoint} is not mounted. Mount it first.`, {
      hazard: 'H72',
      facts: { path: mountPoint },
    })
  if (image === undefined) {
    if (sizeBytes !== undefined) throw usageError('All of a device is taken: leave --size out.', '--size')
    return [resize]
  }
  if (sizeBytes === undefined) throw usageError('Give --size: how large the file is to be.', '--size')
  checkPlace(dirname(image), 'Then make it larger again.')
  const { size } = statSync(image)
  if (sizeBytes <= size)
    throw usageError(`--size must be more than the ${Math.floor(size / 1024 ** 2)} MB that it has.`, '--size')
  await refuseShortage(dirname(image), sizeBytes - size)
  return [['fallocate', '--length', String(sizeBytes), image], ['losetup', '--set-capacity', device], resize]
}

export async function growStorage(
  commands: readonly (readonly string[])[],
  { mountPoint }: StorageRecord,
  runner: CommandRunner,
): Promise<number> {
  for (const [file = '', ...args] of commands) await runner.run(file, args, { timeoutMs: 600_000 })
  const { blocks, bsize } = await statfs(mountPoint)
  return blocks * bsize
}
