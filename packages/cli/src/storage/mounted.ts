import { readFileSync } from 'node:fs'
import { type CommandRunner, PgforkError } from '@pgfork/core'
import { backingOf, type StorageRecord } from './storage-record.ts'

/**
 * Whether the storage is mounted at its place.
 *
 * @throws PgforkError `TARGET_EXISTS` when something else is mounted there
 */
export async function isMounted(record: StorageRecord, runner: CommandRunner): Promise<boolean> {
  const source = sourceOfMount(record.mountPoint)
  if (source === undefined) return false
  if (
    source === record.device ||
    (record.image !== undefined && (await backingFileOf(source, runner)) === record.image)
  )
    return true
  throw new PgforkError(
    'TARGET_EXISTS',
    `At ${record.mountPoint} something else is mounted: ${source}, not ${backingOf(record)}. Nothing was touched.`,
    { facts: { path: record.mountPoint, source } },
  )
}

/** The last one hides those before. Blanks are written as \040. */
export function sourceOfMount(mountPoint: string): string | undefined {
  const rows = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  const escaped = mountPoint.replaceAll('\\', '\\134').replaceAll(' ', '\\040')
  return rows.map((row) => row.split(' ')).findLast(([, place]) => place === escaped)?.[0]
}

async function backingFileOf(loopDevice: string, runner: CommandRunner): Promise<string | undefined> {
  const { stdout } = await runner.run('losetup', ['--noheadings', '--list', '--output', 'BACK-FILE', loopDevice])
  return stdout.trim() || undefined
}
