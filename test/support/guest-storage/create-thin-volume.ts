import { randomBytes } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unmount } from '../storage/unmount.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { runner } from '../system/runner.ts'

/** Of `test/lab/provision-lvm.sh`. */
export const volumeGroup = 'pgfork_test'
export const sharedPool = 'pool'

export interface ThinVolumeOptions {
  readonly fileSystem?: 'ext3' | 'ext4' | 'xfs'
  /** Further words for mkfs. */
  readonly mkfsOptions?: readonly string[]
  /** Of the thin pool; made when it isn't there. Default: the one all share. */
  readonly pool?: string
  readonly sizeMb?: number
  readonly mountOptions?: readonly string[]
}

export interface ThinVolume extends AsyncDisposable {
  /** As `pgfork_test/volume`. */
  readonly name: string
  readonly device: string
  /** The mount point. Every user may pass through it. */
  readonly path: string
}

/** A real thin volume with a file system, mounted. Disposing of it unmounts and removes it. */
export async function createThinVolume(options: ThinVolumeOptions = {}): Promise<ThinVolume> {
  const { fileSystem = 'ext4', pool = sharedPool, sizeMb = 1024, mkfsOptions = [], mountOptions = [] } = options
  const short = `test-${randomBytes(4).toString('hex')}`
  const name = `${volumeGroup}/${short}`
  const device = `/dev/${name}`
  const folder = await makeWorkFolder('thin')
  const path = join(folder, 'mount')
  try {
    await runner.run('lvcreate', ['-V', `${sizeMb}M`, '--thinpool', `${volumeGroup}/${pool}`, '-n', short])
    await runner.run(`mkfs.${fileSystem}`, [
      '-q',
      ...(fileSystem === 'xfs' ? [] : ['-E', 'lazy_itable_init=1']),
      ...mkfsOptions,
      device,
    ])
    await mkdir(path)
    await runner.run('mount', [
      '-t',
      fileSystem,
      ...(mountOptions.length === 0 ? [] : ['-o', mountOptions.join(',')]),
      device,
      path,
    ])
    await chmod(path, 0o755)
    return { name, device, path, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }

  async function remove(): Promise<void> {
    await unmount(path)
    await removeLogicalVolume(name)
    await rm(folder, { recursive: true, force: true })
  }
}

export interface ThinPoolOptions {
  readonly sizeMb: number
  readonly metadataMb?: number
}

export interface ThinPool extends AsyncDisposable {
  /** Its name in the volume group. */
  readonly pool: string
}

/** A thin pool of its own, for tests that fill it: it answers a write that has no room with an error at once. */
export async function createThinPool({ sizeMb, metadataMb = 4 }: ThinPoolOptions): Promise<ThinPool> {
  const pool = `pool-${randomBytes(4).toString('hex')}`
  const size = ['-L', `${sizeMb}M`, '--poolmetadatasize', `${metadataMb}M`]
  await runner.run('lvcreate', ['--type', 'thin-pool', ...size, '-n', pool, volumeGroup])
  await runner.run('lvchange', ['--errorwhenfull', 'y', `${volumeGroup}/${pool}`])
  return { pool, [Symbol.asyncDispose]: () => removeLogicalVolume(`${volumeGroup}/${pool}`) }
}

async function removeLogicalVolume(name: string): Promise<void> {
  const { stdout } = await runner.run('lvs', ['--reportformat', 'json', '-o', 'lv_full_name', name.split('/')[0] ?? ''])
  if (stdout.includes(`"${name}"`)) await runner.run('lvremove', ['--yes', name])
}
