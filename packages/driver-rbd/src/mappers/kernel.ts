import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ignore } from '@pgfork/core/driver'
import { outlineCeph, outlineCommand, runCeph, runCommand } from '../command.ts'
import { type ImagePlace, specOf } from '../names.ts'
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
  async map({ place }, settings, context) {
    // The kernel waits for a cluster that doesn't answer, whatever rbd is told, so this may be ended: what it left half made is found by its name.
    return (await runCeph('rbd', mapWords(place), settings, context)).trim()
  },
  async unmap(mapping, settings, context) {
    const device = await this.find(mapping, settings, context)
    if (device === undefined) return
    await runCeph('rbd', ['device', 'unmap', '--device-type', 'krbd', device], settings, context).catch(
      ignore('COPY_MISSING'),
    )
  },
  async imageOf(device) {
    const name = await readFile(`/sys/dev/block/${device}/uevent`, 'utf8').catch(() => '')
    const number = /^DEVNAME=rbd(\d+)$/m.exec(name)?.[1]
    return number === undefined ? undefined : (await mapped()).find((one) => one.number === number)
  },
}

/** Exclusive: another client that wants the lock is refused instead of being given it. */
const mapWords = (place: ImagePlace): string[] => [
  'device',
  'map',
  '--device-type',
  'krbd',
  '--exclusive',
  specOf(place),
]

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
