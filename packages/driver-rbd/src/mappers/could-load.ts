import type { DriverContext } from '@pgfork/core/driver'
import { runCommand } from '../command.ts'
import type { Settings } from '../options.ts'

/** Whether the kernel has a module that it could load. */
export const couldLoad = (name: string, settings: Settings, context: DriverContext): Promise<boolean> =>
  runCommand('modprobe', ['--dry-run', name], settings, context).then(
    () => true,
    () => false,
  )
