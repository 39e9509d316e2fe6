import { access, readFile } from 'node:fs/promises'
import { type DriverContext, ignore } from '@pgfork/core/driver'
import { outlineCeph, outlineCommand, runCeph, runCommand, runJson } from '../command.ts'
import { type ImagePlace, specOf } from '../names.ts'
import type { Settings } from '../options.ts'
import { couldLoad } from './could-load.ts'
import type { Mapper } from './mapper.ts'

const type = ['--device-type', 'nbd']

/** A process of Ceph's behind a network block device of the kernel's. */
export const nbd: Mapper = {
  async isUsable(settings, context) {
    if (!(await isLoaded())) await runCommand('modprobe', ['nbd'], settings, context).catch(() => '')
    if (!(await isLoaded())) return false
    return hasProgram(settings, context)
  },
  async foresee(settings, context) {
    const loading = (await isLoaded()) ? [] : [outlineCommand('modprobe', ['nbd'], settings)]
    if (loading.length > 0 && !(await couldLoad('nbd', settings, context)))
      return { commands: loading, isUsable: false }
    const commands = [...loading, outlineCommand('rbd-nbd', ['--version'], settings)]
    return { commands, isUsable: await hasProgram(settings, context) }
  },
  outline: ({ place }, settings) => ({
    commands: [outlineCeph('rbd', mapWords(place), settings)],
    device: '/dev/nbd<number>',
  }),
  async find({ place }, settings, context) {
    return (await mapped(settings, context)).find((row) => specOf(row.place) === specOf(place))?.device
  },
  async map({ place }, settings, context) {
    return (await runCeph('rbd', mapWords(place), settings, context)).trim()
  },
  async unmap(mapping, settings, context) {
    const device = await this.find(mapping, settings, context)
    if (device !== undefined)
      await runCeph('rbd', ['device', 'unmap', ...type, device], settings, context).catch(ignore('COPY_MISSING'))
  },
  async imageOf(device, settings, context) {
    const text = await readFile(`/sys/dev/block/${device}/uevent`, 'utf8').catch(() => '')
    const name = /^DEVNAME=(nbd\d+)$/m.exec(text)?.[1]
    if (name === undefined) return undefined
    return (await mapped(settings, context)).find((row) => row.device === `/dev/${name}`)?.place
  },
}

const mapWords = (place: ImagePlace): string[] => ['device', 'map', ...type, '--exclusive', specOf(place)]

const hasProgram = (settings: Settings, context: DriverContext): Promise<boolean> =>
  runCommand('rbd-nbd', ['--version'], settings, context).then(
    () => true,
    () => false,
  )

const isLoaded = (): Promise<boolean> =>
  access('/sys/module/nbd').then(
    () => true,
    () => false,
  )

interface Mapped {
  readonly device: string
  readonly place: ImagePlace
}

async function mapped(settings: Settings, context: DriverContext): Promise<Mapped[]> {
  if (!(await isLoaded())) return []
  const rows = await runJson<{ pool: string; namespace: string; image: string; device: string }[]>(
    'rbd',
    ['device', 'list', ...type],
    settings,
    context,
  ).catch(ignore('DRIVER_UNSUPPORTED'))
  return (rows ?? []).map(({ device, pool, namespace, image }) => ({ device, place: { pool, namespace, image } }))
}
