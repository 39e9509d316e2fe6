import process from 'node:process'
import type { DriverContext } from '../driver/driver-context.ts'
import { refuseMounted } from './refuse-mounts.ts'
import { runTreeCommand } from './run-driver-command.ts'

/**
 * Removes a file, or a directory with all that is below it, from a place of ours. rm follows no link and can't be led astray by one
 * put in a directory's place (H59); it neither goes into mounts nor into other subvolumes.
 *
 * @param explain see `interpretCommandError`
 * @throws PgforkError `BUSY` when something is mounted there, and what `explain` makes of a failure
 */
export async function removeFiles(
  path: string,
  context: DriverContext,
  explain: (error: unknown) => unknown,
): Promise<void> {
  // Also of the same file system: the source's own directory could be seen there.
  await refuseMounted(path)
  const careful = process.platform === 'linux' ? ['--one-file-system'] : []
  await runTreeCommand('rm', ['-rf', ...careful, '--', path], context, explain)
}
