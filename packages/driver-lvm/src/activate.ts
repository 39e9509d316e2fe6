import { access } from 'node:fs/promises'
import type { DriverContext } from '@pgfork/core/driver'
import { changePool } from './command.ts'
import { deviceOf } from './names.ts'
import type { Settings } from './options.ts'

/** Makes the device of a logical volume, unless it is there. Activation of ours is skipped unless it is asked for (H53). */
export async function activate(logicalVolume: string, settings: Settings, context: DriverContext): Promise<void> {
  if (await exists(deviceOf(logicalVolume))) return
  await changePool('lvchange', activationWords(logicalVolume), settings, context)
}

export const activationWords = (logicalVolume: string): string[] => [
  ...['--activate', 'y', '--ignoreactivationskip'],
  logicalVolume,
]

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
