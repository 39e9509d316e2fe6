import { readdir, realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Mount } from '@pgfork/core/driver'

const folder = '/sys/fs/btrfs'

/** The UUID of a mounted Btrfs, which needs no rights this way. Where devices aren't visible: the device's name. */
export async function fileSystemUuid({ source }: Mount): Promise<string> {
  const device = basename(await realpath(source).catch(() => source))
  const entries = await readdir(folder).catch((): string[] => [])
  for (const uuid of entries) {
    const devices = await readdir(`${folder}/${uuid}/devices`).catch((): string[] => [])
    if (devices.includes(device)) return uuid
  }
  return source
}
