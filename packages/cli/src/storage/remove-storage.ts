import { existsSync, readdirSync } from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type CommandRunner, type ForkSummary, PgforkError } from '@pgfork/core'
import { checkPlace } from '@pgfork/core/companion'
import { removeVolume } from './docker-volume.ts'
import { removeLine } from './fstab.ts'
import { isMounted } from './mounted.ts'
import { backingOf, fstabLineOf, mountOptionsOf, type StorageRecord } from './storage-record.ts'

/**
 * That nothing would be lost: no fork and no file in it. To see that, it must be mounted.
 *
 * @throws PgforkError `BUSY`, `STORAGE_MISSING` (H72), `TARGET_EXISTS`
 */
export async function refuseInUse(
  record: StorageRecord,
  forks: readonly ForkSummary[],
  runner: CommandRunner,
): Promise<void> {
  const { mountPoint, image, docker } = record
  const inside = forks
    .filter(({ dataDirectory }) => dataDirectory?.startsWith(`${mountPoint}/`))
    .map(({ name }) => name)
  if (inside.length > 0) throw busy(record, `forks are in it: ${inside.join(', ')}. Destroy them (pgfork destroy).`)
  if (!(await isMounted(record, runner))) {
    if (record.isUnfinished || (image !== undefined && !existsSync(image))) return
    throw new PgforkError(
      'STORAGE_MISSING',
      `${mountPoint} is not mounted, so what is in it can't be seen. Mount it first: ${howToMount(record)}.`,
      {
        hazard: 'H72',
        facts: { path: mountPoint },
      },
    )
  }
  const isEmptyVolume = (name: string): boolean =>
    name === docker?.volume && readdirSync(join(mountPoint, name)).length === 0
  const entries = readdirSync(mountPoint).filter((name) => !isEmptyVolume(name))
  if (entries.length > 0) throw busy(record, `it holds ${entries.join(', ')}. Move or remove that first.`)
}

/**
 * The same once more when nobody can write any more: an answer may take hours, in which others put something there.
 *
 * @throws PgforkError `BUSY`, and what mount(8) says while files are open for writing
 */
export async function closeStorage(
  record: StorageRecord,
  forks: readonly ForkSummary[],
  runner: CommandRunner,
): Promise<void> {
  const remount = async (access: 'ro' | 'rw'): Promise<void> => {
    if (await isMounted(record, runner)) await runner.run('mount', ['-o', `remount,${access}`, '--', record.mountPoint])
  }
  await remount('ro')
  try {
    await refuseInUse(record, forks, runner)
    await removeVolume(record, runner)
  } catch (error) {
    await remount('rw')
    throw error
  }
}

/** Its removal may have been killed when it was mounted no longer, and its folder be gone. */
const howToMount = (record: StorageRecord): string =>
  `mkdir -p ${record.mountPoint} && mount -o ${mountOptionsOf(record)} ${backingOf(record)} ${record.mountPoint}`

const busy = ({ mountPoint }: StorageRecord, reason: string): PgforkError =>
  new PgforkError('BUSY', `${mountPoint} stays: ${reason}`, { facts: { path: mountPoint } })

/** Takes back all that may have been made, in reverse, whether or not it was. A device keeps its file system. */
export async function removeParts(record: StorageRecord, runner: CommandRunner): Promise<void> {
  const { mountPoint, image, fstab } = record
  if (fstab !== undefined && existsSync(fstab)) await removeLine(fstab, fstabLineOf(record))
  await removeVolume(record, runner)
  if (await isMounted(record, runner)) await runner.run('umount', ['--', mountPoint])
  for (const path of [mountPoint, image ?? mountPoint]) checkPlace(dirname(path), 'Then remove it again.')
  // Only an empty one goes.
  await rmdir(mountPoint).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTEMPTY') throw error
  })
  if (image !== undefined) await rm(image, { force: true })
}
