import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DriverContext, PgforkError, untilNotBusy } from '@pgfork/core/driver'
import { runCommand } from '../command.ts'
import type { Settings } from '../options.ts'

/** The loop device of a file. */
export async function findLoop(file: string): Promise<string | undefined> {
  const names = (await readdir('/sys/block')).filter((name) => name.startsWith('loop'))
  for (const name of names) if ((await fileOfLoop(join('/sys/block', name))) === file) return `/dev/${name}`
  return undefined
}

/** The file of a loop device, by its folder in sysfs. */
export const fileOfLoop = (folder: string): Promise<string | undefined> =>
  readFile(join(folder, 'loop/backing_file'), 'utf8').then(
    (text) => text.trimEnd(),
    () => undefined,
  )

export const makeLoop = async (file: string, settings: Settings, context: DriverContext): Promise<string> =>
  (await runCommand('losetup', loopWords(file), settings, context)).trim()

export const loopWords = (file: string): string[] => ['--find', '--show', '--', file]

/** Returns when it is gone, which is when nobody has it open any more. */
export async function detachLoop(file: string, settings: Settings, context: DriverContext): Promise<void> {
  const attempt = async (): Promise<void> => {
    const device = await findLoop(file)
    if (device === undefined) return
    await runCommand('losetup', ['--detach', device], settings, context).catch((error: unknown) => error)
    if ((await findLoop(file)) !== undefined)
      throw new PgforkError('BUSY', `${device} is in use.`, { facts: { device, file } })
  }
  await untilNotBusy(attempt, settings.busyTimeoutMs, context)
}
