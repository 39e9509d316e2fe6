import { chmodSync, lstatSync } from 'node:fs'
import process from 'node:process'
import type { UserIdentity } from '../../command/command-runner.ts'
import { fromSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { handOverTree } from '../../files/hand-over-tree.ts'
import { checkOldFolder } from './check-folder.ts'
import { type Entry, entryFiles, entryPath } from './entry.ts'

/** Others may pass through, and nothing else. */
const passable = 0o711

/**
 * Lets a user work in a clone's files, and nobody else (H29): the directory at their top becomes his. Until then the entry is closed to all but us;
 * from now on all may pass through it, but it stays ours, so that nobody can put something else in the place of the files or of
 * what is mounted there (H60). Does nothing for one that was handed over.
 *
 * @throws PgforkError `PERMISSION_DENIED`
 */
export async function handOverEntry(entry: Entry, owner: UserIdentity): Promise<void> {
  if (owner.uid === process.geteuid?.()) return
  await checkOldFolder(entry)
  const path = entryPath(entry)
  const what = `The ${entry.kind} ${entry.name} can't be given to uid ${owner.uid}`
  try {
    if ((lstatSync(path).mode & 0o777) === passable) return
    if (process.geteuid?.() !== 0)
      throw new PgforkError('PERMISSION_DENIED', `${what}: run as that user or as root.`, { facts: { path } })
    handOverTree(entryFiles(entry), owner)
    chmodSync(path, passable)
  } catch (error) {
    throw fromSystemError(error, 'PERMISSION_DENIED', what)
  }
}
