import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openStateDirectory, RecordStore } from '@pgfork/core/companion'
import { z } from 'zod'

const schema = z.strictObject({
  name: z.string(),
  createdAt: z.string(),
  mountPoint: z.string(),
  /** A file that holds the file system. One of these two. */
  image: z.string().optional(),
  /** A block device of the user's. */
  device: z.string().optional(),
  /** Which file has the line that mounts it after a reboot. */
  fstab: z.string().optional(),
  /** A volume of a Docker engine that stands for a subvolume of its name. */
  docker: z.object({ volume: z.string(), engine: z.string() }).optional(),
  /** It was not mounted yet: nobody can have put anything into it. */
  isUnfinished: z.boolean().optional(),
})

/** What `storage init` made. It is written before anything is made, so that whatever is left can be removed. */
export type StorageRecord = z.infer<typeof schema>

export async function openStorageStore(stateDirectory: string | undefined): Promise<RecordStore<StorageRecord>> {
  const folder = join((await openStateDirectory(stateDirectory)).path, 'storage')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return new RecordStore(folder, schema)
}

export const backingOf = ({ image, device }: StorageRecord): string => image ?? device ?? ''

const options = 'user_subvol_rm_allowed'

export const mountOptionsOf = ({ image }: StorageRecord): string => (image === undefined ? options : `loop,${options}`)

/** fstab(5), systemd.mount(5). `nofail`: a machine boots without it, too. An engine that were faster would find no volume. */
export const fstabLineOf = (record: StorageRecord): string => {
  const more = record.docker === undefined ? 'nofail' : 'nofail,x-systemd.before=docker.service'
  return `${backingOf(record)} ${record.mountPoint} btrfs ${mountOptionsOf(record)},${more} 0 0 # pgfork storage ${record.name}`
}
