import process from 'node:process'
import type { UserIdentity } from '../command/command-runner.ts'
import { namedFiles } from '../files/named-files.ts'
import { replaceFileAt } from '../files/replace-file.ts'
import type { Operation } from '../operation/operation.ts'
import type { ImportRecord } from '../records/import-record.ts'

type Kept = Pick<ImportRecord, 'passfile' | 'owner'>

/** This process's user: root, as a rule. */
export const keeper = (): UserIdentity => ({ uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 })

/** Who can read the password while nothing is dumped. One that the caller has named stays its owner's. */
export const readerOf = ({ passfile, owner }: Kept): UserIdentity => (passfile?.isOurs === true ? keeper() : owner)

/**
 * Lets the programs that dump read the password, as the user that they run as. Before and afterwards it is its keeper's: what is restored runs
 * programs as that user, and so do the forks (H112).
 */
export async function lendPassfile<T>({ runner }: Operation, record: Kept, action: () => Promise<T>): Promise<T> {
  const { passfile, owner } = record
  if (passfile?.isOurs !== true) return action()
  const text = await namedFiles(keeper(), runner).readText(passfile.path)
  if (text === undefined) return action()
  replaceFileAt(passfile.path, text, owner)
  try {
    return await action()
  } finally {
    replaceFileAt(passfile.path, text, keeper())
  }
}
