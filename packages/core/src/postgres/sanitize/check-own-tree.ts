import { statSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { PgforkError } from '../../errors/pgfork-error.ts'

/**
 * That the directory about to be changed is a copy of the source's and not the source's own (H10).
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export async function checkOwnTree(forkDirectory: string, sourceDirectory: string): Promise<void> {
  const [fork, source] = await Promise.all([realpath(forkDirectory), realpath(sourceDirectory).catch(() => undefined)])
  if (source === undefined) return
  const [forkStat, sourceStat] = [statSync(fork), statSync(source)]
  const isSame = forkStat.dev === sourceStat.dev && forkStat.ino === sourceStat.ino
  if (!isSame && !`${fork}/`.startsWith(`${source}/pg_`)) return
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `The copy at ${forkDirectory} leads to the source ${sourceDirectory} itself. Nothing was changed in it.`,
    { hazard: 'H10', facts: { forkDirectory, sourceDirectory } },
  )
}

/** That the copy holds a cluster at the place where the source's is. */
export function checkIsCluster(forkDirectory: string): void {
  if (statSync(join(forkDirectory, 'PG_VERSION'), { throwIfNoEntry: false })?.isFile()) return
  throw new PgforkError('LAYOUT_REFUSED', `The snapshot holds no cluster at ${forkDirectory}.`, {
    hazard: 'H3',
    facts: { forkDirectory },
  })
}
