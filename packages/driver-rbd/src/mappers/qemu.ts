import { access, lstat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DriverContext, findMount, ignore, isSystemError, PgforkError, untilNotBusy } from '@pgfork/core/driver'
import { outlineCommand, runCommand, uninterrupted } from '../command.ts'
import type { Settings } from '../options.ts'
import { detachLoop, fileOfLoop, findLoop, loopWords, makeLoop } from './loop-devices.ts'
import type { Mapper, Mapping } from './mapper.ts'
import { listDaemons, program } from './qemu-daemons.ts'

/** QEMU's daemon shows the image as a file (FUSE), of which a loop device is made. Needs no module, so that it works in most containers. */
export const qemu: Mapper = {
  isUsable,
  foresee: async (settings, context) => ({
    commands: [outlineCommand(program, ['--version'], settings)],
    isUsable: await isUsable(settings, context),
  }),
  outline(mapping, settings) {
    const making = outlineCommand('losetup', loopWords(fileOf(mapping)), settings)
    return {
      commands: [outlineCommand(program, daemonWords(mapping, settings), settings), making],
      device: '/dev/loop<number>',
    }
  },
  async find(mapping) {
    const file = fileOf(mapping)
    const lives = (await listDaemons()).some((daemon) => daemon.file === file)
    return lives && (await findMount(file)) !== undefined ? findLoop(file) : undefined
  },
  async map(mapping, settings, context) {
    const file = fileOf(mapping)
    await writeFile(file, '', { flag: 'wx', mode: 0o600 })
    await startDaemon(mapping, settings, context)
    return makeLoop(file, settings, context)
  },
  async unmap(mapping, settings, context) {
    const file = fileOf(mapping)
    await detachLoop(file, settings, context)
    await endDaemons(file, settings, context)
    // A daemon that was killed leaves its mount.
    while ((await findMount(file)) !== undefined)
      await runCommand('umount', ['--lazy', '--', file], settings, context).catch(ignore('COPY_MISSING'))
    if (await isThere(file)) await runCommand('rm', ['-f', '--', file], settings, context)
  },
  async imageOf(device) {
    const file = await fileOfLoop(`/sys/dev/block/${device}`)
    if (file === undefined) return undefined
    return (await listDaemons()).find((daemon) => daemon.file === file)
  },
}

async function isUsable(settings: Settings, context: DriverContext): Promise<boolean> {
  const needed = await Promise.allSettled([
    access('/dev/fuse'),
    access('/dev/loop-control'),
    runCommand(program, ['--version'], settings, context),
  ])
  return needed.every(({ status }) => status === 'fulfilled')
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: unknown) => !isSystemError(error, 'ENOENT'),
  )

const fileOf = ({ folder }: Mapping): string => join(folder, 'image')

/** Not interrupted: half started it would go on without anybody knowing of it. It returns when the file is there. */
async function startDaemon(mapping: Mapping, settings: Settings, context: DriverContext): Promise<void> {
  await runCommand(program, daemonWords(mapping, settings), settings, context, uninterrupted(context))
}

function daemonWords(mapping: Mapping, { conf, user }: Settings): string[] {
  const blockdev = {
    ...{ driver: 'rbd', 'node-name': 'image', ...mapping.place, discard: 'unmap' },
    ...(conf === undefined ? {} : { conf }),
    ...(user === undefined ? {} : { user }),
  }
  const file = fileOf(mapping)
  const fuse = {
    type: 'fuse',
    id: 'file',
    'node-name': 'image',
    mountpoint: file,
    writable: true,
    'allow-other': 'off',
  }
  return ['--blockdev', JSON.stringify(blockdev), '--export', JSON.stringify(fuse), '--daemonize']
}

/** It writes what it has, gives back its lock and closes the image. Killed, it would leave the image open for half a minute. */
async function endDaemons(file: string, settings: Settings, context: DriverContext): Promise<void> {
  const find = async (): Promise<number[]> =>
    (await listDaemons()).filter((daemon) => daemon.file === file).map(({ pid }) => pid)
  for (const pid of await find()) await runCommand('kill', [String(pid)], settings, context).catch(() => '')
  const attempt = async (): Promise<void> => {
    const pids = await find()
    if (pids.length > 0)
      throw new PgforkError('BUSY', `${program} (pid ${pids.join(', ')}) has ${file} and doesn't end.`, {
        facts: { pids, file },
      })
  }
  await untilNotBusy(attempt, settings.busyTimeoutMs, context)
}
