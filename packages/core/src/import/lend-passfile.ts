import type { UserIdentity } from '../command/command-runner.ts'
import { ownUser } from '../command/own-user.ts'
import { namedFiles } from '../files/named-files.ts'
import { replaceFileAt } from '../files/replace-file.ts'
import type { Operation } from '../operation/operation.ts'
import type { ImportRecord } from '../records/import-record.ts'

type Kept = Pick<ImportRecord, 'passfile' | 'owner'>

/** Who can read the password while nothing is dumped. One that the caller has named stays its owner's. */
export const readerOf = ({ passfile, owner }: Kept): UserIdentity => (passfile?.isOurs === true ? ownUser() : owner)

/**
 * Lets the programs that dump read the password, as the user that they run as. Before and afterwards it is that of this process, root as a rule: what is restored runs
 * programs as that user, and so do the forks (H112).
 */
export async function lendPassfile<T>({ runner }: Operation, record: Kept, action: () => Promise<T>): Promise<T> {
  const { passfile, owner } = record
  if (passfile?.isOurs !== true) return action()
  const text = await namedFiles(ownUser(), runner).readText(passfile.path)
  if (text === undefined) return action()
  replaceFileAt(passfile.path, text, owner)
  try {
    return await action()
  } finally {
    replaceFileAt(passfile.path, text, ownUser())
  }
}
