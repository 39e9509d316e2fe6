import { type DriverContext, refuseMounted } from '@pgfork/core/driver'
import { runCommand } from './command.ts'
import type { Settings } from './options.ts'

/** With the rights to mount: a directory of the kernel's in `work` is root's. rm follows no link (H59). */
export async function removeTree(path: string, settings: Settings, context: DriverContext): Promise<void> {
  await refuseMounted(path)
  await runCommand('rm', ['-rf', '--one-file-system', '--', path], settings, context)
}
