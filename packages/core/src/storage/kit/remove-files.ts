import process from 'node:process'
import type { DriverContext } from '../driver/driver-context.ts'
import { refuseMounted } from './refuse-mounts.ts'
import { type CommandSettings, runDriverCommand, treeSettings } from './run-driver-command.ts'

/**
 * Removes a file, or a directory with all that is below it, from a place of ours. rm follows no link and can't be led astray by one
 * put in a directory's place (H59); it neither goes into mounts nor into other subvolumes.
 *
 * @param explain see `interpretCommandError`
 * @param settings of the command, where it isn't to run as this process's user for as long as a tree may take
 * @throws PgforkError `BUSY` when something is mounted there, and what `explain` makes of a failure
 */
export async function removeFiles(
  path: string,
  context: DriverContext,
  explain: (error: unknown) => unknown,
  settings: CommandSettings = treeSettings,
): Promise<void> {
  // Also of the same file system: the source's own directory could be seen there.
  await refuseMounted(path)
  const careful = process.platform === 'linux' ? ['--one-file-system'] : []
  await runDriverCommand('rm', ['-rf', ...careful, '--', path], settings, context, { explain })
}
