import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError, type DriverContext } from '@pgfork/core/driver'
import type { Subvolume } from './subvolume.ts'

const consequence =
  'Btrfs keeps no checksums of their blocks and copies each block once when it changes after a snapshot (H50).'

/** H50: warns once for each directory where copy-on-write is off, by mount option or by `chattr +C`. */
export async function reportNoCopyOnWrite(
  { path, mount }: Subvolume,
  reported: Set<string>,
  context: DriverContext,
): Promise<void> {
  if (reported.has(path)) return
  reported.add(path)
  if (mount.options.includes('nodatacow'))
    return context.warn(`New files below ${mount.mountPoint} are not copied on write (nodatacow). ${consequence}`)
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  const children = entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name))
  const marked = await listMarked([path, ...children], context)
  if (marked.length > 0)
    context.warn(`New files in ${marked.join(', ')} are not copied on write (chattr +C). ${consequence}`)
}

/** Files inherit the flag when they are made, so the directory and those directly in it show it. */
async function listMarked(directories: readonly string[], context: DriverContext): Promise<string[]> {
  try {
    const { stdout } = await context.runner.run('lsattr', ['-d', '--', ...directories])
    const lines = stdout.split('\n').map((line) => /^(\S+) (.+)$/.exec(line))
    return lines.filter((line) => line?.[1]?.includes('C')).map((line) => line?.[2] ?? '')
  } catch (error) {
    // Only a warning: a file that has just vanished, or a system without lsattr, must not stop a fork.
    if (error instanceof CommandError && (error.code === 'COMMAND_FAILED' || error.code === 'COMMAND_NOT_FOUND'))
      return []
    throw error
  }
}
