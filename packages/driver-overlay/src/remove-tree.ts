import { type DriverContext, removeFiles } from '@pgfork/core/driver'
import { explainCommandError } from './command-errors.ts'
import type { Settings } from './options.ts'

/** With the rights to mount: a directory of the kernel's in `work` is root's. */
export const removeTree = (path: string, settings: Settings, context: DriverContext): Promise<void> =>
  removeFiles(path, context, explainCommandError, settings)
