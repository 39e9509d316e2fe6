import { access, readFile } from 'node:fs/promises'
import { type DriverContext, ignore } from '@pgfork/core/driver'
import { outlineCeph, outlineCommand, runCeph, runCommand, runJson, uninterrupted } from '../command.ts'
import { type ImagePlace, specOf } from '../names.ts'
import type { Settings } from '../options.ts'
import { couldLoad } from './could-load.ts'
import type { Mapper, ShownImage } from './mapper.ts'
import { isHead } from './shown-by-kernel.ts'

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
    // Its process goes on when rbd is ended, and nobody would know of it.
    return (await runCeph('rbd', mapWords(place), settings, context, uninterrupted(context))).trim()
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
    return (await mapped(settings, context)).find((row) => row.device === `/dev/${name}`)
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

/** A row of `rbd device list`. */
interface Row {
  readonly pool: string
  readonly namespace: string
  readonly image: string
  readonly snap: string
  readonly device: string
}

async function mapped(
  settings: Settings,
  context: DriverContext,
): Promise<(ShownImage & { readonly device: string })[]> {
  if (!(await isLoaded())) return []
  const rows = await runJson<Row[]>('rbd', ['device', 'list', ...type], settings, context).catch(
    ignore('DRIVER_UNSUPPORTED'),
  )
  return (rows ?? []).map(({ device, pool, namespace, image, snap }) => ({
    ...{ device, place: { pool, namespace, image } },
    ...(isHead(snap) ? {} : { snapshot: snap }),
  }))
}
