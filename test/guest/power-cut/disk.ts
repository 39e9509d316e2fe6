import { chmod, mkdir } from 'node:fs/promises'
import type { SnapshotDriver } from '@pgfork/core'
import type { DriverContext } from '@pgfork/core/driver'
import { lvm } from '@pgfork/driver-lvm'
import { zfs } from '@pgfork/driver-zfs'
import { provision } from '../../support/guest-storage/index.ts'
import { runner } from '../../support/system/runner.ts'

/** Of the guest, at the same places before and after the power cut. */
export const sourceFolder = '/srv/pgfork-source'
export const stateFolder = '/srv/pgfork-state'
/** Of the host: what is flushed there is known whatever becomes of the guest. */
export const logFile = '/lab/results/acknowledged'
export const forksFile = '/lab/results/forks'

export const stateDirectory = `${stateFolder}/state`
const directory = `${stateFolder}/mounts`

export const context: DriverContext = { runner, warn: () => {}, progress: () => {} }

/** Two volumes on the disk of a guest, of the source and of the state directory, which outlive the guest. */
interface Disk {
  readonly driver: SnapshotDriver
  create(): Promise<void>
  mount(): Promise<void>
  /** Snapshots that somebody else made, which must stay. */
  foreign(): Promise<string[]>
}

const group = 'pgfork_test'
const pool = 'pgforktest'

const disks: Readonly<Record<string, Disk>> = {
  lvm: {
    driver: lvm({ directory }),
    async create() {
      for (const folder of [sourceFolder, stateFolder]) {
        const name = nameOf(folder)
        await runner.run('lvcreate', ['--virtualsize', '2G', '--thinpool', 'pool', '--name', name, group])
        await runner.run('mkfs.ext4', ['-q', `/dev/${group}/${name}`])
      }
      await runner.run('lvcreate', ['--snapshot', '--name', 'foreign', `${group}/${nameOf(sourceFolder)}`])
    },
    async mount() {
      for (const folder of [sourceFolder, stateFolder]) {
        await mkdir(folder, { recursive: true })
        await runner.run('mount', [`/dev/${group}/${nameOf(folder)}`, folder])
      }
    },
    foreign: () => linesOf('lvs', ['--noheadings', '--options', 'lv_name', '--select', 'lv_name=foreign', group]),
  },
  zfs: {
    driver: zfs({ directory }),
    async create() {
      for (const folder of [sourceFolder, stateFolder])
        await runner.run('zfs', ['create', '-o', 'canmount=noauto', '-o', `mountpoint=${folder}`, datasetOf(folder)])
      await runner.run('zfs', ['snapshot', `${datasetOf(sourceFolder)}@foreign`])
    },
    async mount() {
      for (const folder of [sourceFolder, stateFolder]) await runner.run('zfs', ['mount', datasetOf(folder)])
    },
    foreign: () => linesOf('zfs', ['list', '-H', '-o', 'name', '-t', 'snapshot', `${datasetOf(sourceFolder)}@foreign`]),
  },
}

const nameOf = (folder: string): string => folder.slice('/srv/pgfork-'.length)
const datasetOf = (folder: string): string => `${pool}/${nameOf(folder)}`

async function linesOf(file: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await runner.run(file, args)
  return stdout.split('\n').filter((line) => line.trim() !== '')
}

/** Activates what is on the guest's disks, or makes it. */
export async function openDisk(name: string | undefined, { isNew }: { isNew: boolean }): Promise<Disk> {
  const disk = disks[name ?? '']
  if (disk === undefined) throw new Error(`There are the storages ${Object.keys(disks).join(' and ')}, not ${name}.`)
  await provision(name as 'lvm' | 'zfs')
  if (isNew) await disk.create()
  await disk.mount()
  for (const folder of [sourceFolder, stateFolder]) await chmod(folder, 0o755)
  return disk
}
