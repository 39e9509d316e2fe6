import process from 'node:process'
import type { UserIdentity } from '../command/command-runner.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { listPids, readStat, readUsers } from '../process/proc.ts'

/**
 * A dump is code: a superuser restores it here, and what checks a row or a domain's value then was written by whoever owned that there. He has the rights of the
 * user whom the import's servers run as (H112). Root has chosen none as long as it is the default, and who runs other servers would lend them theirs.
 *
 * @param given the caller's choice
 * @throws PgforkError `INVALID_OPTION`
 */
export function refuseBorrowedOwner(owner: UserIdentity, given: string | undefined): void {
  if (given !== undefined || process.geteuid?.() !== 0 || process.platform !== 'linux') return
  const pid = listPids().find((one) => isServerOf(owner, one))
  if (pid === undefined) return
  throw new PgforkError(
    'INVALID_OPTION',
    'owner must be given, since other servers run as postgres here: whoever can make tables or functions in a database that is imported can ' +
      "run programs as the import's owner. Make a user of its own (useradd --system importer), or pass postgres where all servers of his may be theirs.",
    { hazard: 'H112', facts: { option: 'owner', pid } },
  )
}

const isServerOf = ({ uid }: UserIdentity, pid: number): boolean =>
  readUsers(pid)?.effective === uid && /^(?:postgres|postmaster)$/.test(readStat(pid)?.command ?? '')
