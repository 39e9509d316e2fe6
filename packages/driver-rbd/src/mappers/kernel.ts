import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DriverContext, ignore } from '@pgfork/core/driver'
import { outlineCeph, outlineCommand, runCeph, runCommand } from '../command.ts'
import { type ImagePlace, specOf } from '../names.ts'
import type { Settings } from '../options.ts'
import { untilClosed } from '../until-closed.ts'
import { couldLoad } from './could-load.ts'
import type { Mapper, ShownImage } from './mapper.ts'
import { shownByKernel } from './shown-by-kernel.ts'

const devices = '/sys/bus/rbd/devices'

/** The kernel's own client, the fastest. It may not be there in a container, nor may its module be loaded. */
export const kernel: Mapper = {
  async isUsable(settings, context) {
    if ((await readdir(devices).catch(() => undefined)) !== undefined) return true
    await runCommand('modprobe', ['rbd'], settings, context).catch(() => '')
    return (await readdir(devices).catch(() => undefined)) !== undefined
  },
  async foresee(settings, context) {
    if ((await readdir(devices).catch(() => undefined)) !== undefined) return { commands: [], isUsable: true }
    const commands = [outlineCommand('modprobe', ['rbd'], settings)]
    return { commands, isUsable: await couldLoad('rbd', settings, context) }
  },
  outline: ({ place }, settings) => ({
    commands: [outlineCeph('rbd', mapWords(place), settings)],
    device: '/dev/rbd<number>',
  }),
  async find({ place }) {
    const number = (await mapped()).find((device) => specOf(device.place) === specOf(place))?.number
    return number === undefined ? undefined : `/dev/rbd${number}`
  },
  async map({ place, isNew }, settings, context) {
    // The kernel waits for a cluster that doesn't answer, whatever rbd is told, so this may be ended: what it left half made is found by its name.
    const device = (await runCeph('rbd', mapWords(place), settings, context)).trim()
    if (isNew) return device
    try {
      const own = readAttribute(join(devices, device.replace('/dev/rbd', ''), 'client_id')).trim()
      await untilClosed(place, settings, context, { own, waitMs: settings.busyTimeoutMs })
    } catch (error) {
      await unmapDevice(device, settings, context).catch(() => '')
      throw error
    }
    return device
  },
  async unmap(mapping, settings, context) {
    const device = await this.find(mapping, settings, context)
    if (device !== undefined) await unmapDevice(device, settings, context).catch(ignore('COPY_MISSING'))
  },
  async isWaiting({ place }) {
    const own = (await mapped()).filter((device) => specOf(device.place) === specOf(place))
    return own.some(({ number }) => /[1-9]/.test(readAttribute(`/sys/block/rbd${number}/inflight`)))
  },
  async imageOf(device) {
    const name = await readFile(`/sys/dev/block/${device}/uevent`, 'utf8').catch(() => '')
    const number = /^DEVNAME=rbd(\d+)$/m.exec(name)?.[1]
    return number === undefined ? undefined : (await mapped()).find((one) => one.number === number)
  },
}

const type = ['--device-type', 'krbd']

/**
 * Not exclusive: the kernel would give its lock to nobody, and makes no snapshot for others, so that no fork could be made of the clone. Who maps one that
 * others may have looks who has it open once it has itself, and before it writes: of two at once, each sees the other (H99).
 */
const mapWords = (place: ImagePlace): string[] => ['device', 'map', ...type, specOf(place)]

const unmapDevice = (device: string, settings: Settings, context: DriverContext): Promise<string> =>
  runCeph('rbd', ['device', 'unmap', ...type, device], settings, context)

async function mapped(): Promise<(ShownImage & { readonly number: string })[]> {
  const numbers = await readdir(devices).catch((): string[] => [])
  return numbers.map((number) => ({ number, ...shownByKernel((name) => readAttribute(join(devices, number, name))) }))
}

/** Synchronously: no disk is behind it. */
function readAttribute(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
