import { realpathSync, statSync } from 'node:fs'
import type { UserIdentity } from '../../command/command-runner.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Directory } from '../../files/directory.ts'

/**
 * That the directory about to be changed is a copy of the source's and not the source's own (H10).
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export function checkOwnTree(fork: Directory, sourceDirectory: string): void {
  const source = statSync(sourceDirectory, { throwIfNoEntry: false })
  if (source === undefined) return
  const isSame = fork.stats.dev === source.dev && fork.stats.ino === source.ino
  if (!isSame && !`${fork.path}/`.startsWith(`${realpathSync(sourceDirectory)}/pg_`)) return
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `The copy at ${fork.path} is the source ${sourceDirectory} itself. Nothing was changed in it.`,
    { hazard: 'H10', facts: { forkDirectory: fork.path, sourceDirectory } },
  )
}

/** That the copy holds a cluster at the place where the source's is. */
export function checkIsCluster(fork: Directory): void {
  if (fork.look('PG_VERSION')?.isFile()) return
  throw new PgforkError('LAYOUT_REFUSED', `The snapshot has no cluster at ${fork.path}.`, {
    hazard: 'H3',
    facts: { forkDirectory: fork.path },
  })
}

/**
 * That what was copied belongs to the user whom the copy will be given to. The source's owner chooses where its links lead: a copy of
 * another user's directory must not become his (H63).
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export function checkOwner({ path, stats }: Directory, { uid }: UserIdentity): void {
  if (stats.uid === uid) return
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `${path} is a copy of files of uid ${stats.uid}, while the source belongs to uid ${uid}: the fork would give them to that user.`,
    { hazard: 'H63', facts: { path, found: stats.uid, owner: uid } },
  )
}
