import { createHash } from 'node:crypto'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import { importStore } from '../records/import-record.ts'
import { withNameLock } from '../records/name-lock.ts'
import { standbyStore } from '../records/standby-record.ts'
import { checkNewFolder } from './copy-folder.ts'

/**
 * Writes the record of a standby or an import, after which its folder is its own. Others may have looked at the folder as well, and found it
 * empty, while their servers were asked: what is undone of the one would be the other one's files (H124).
 *
 * @throws PgforkError `TARGET_EXISTS`
 */
export async function beginCopy<Record>(
  operation: Operation,
  directory: string,
  begin: () => Promise<Record>,
): Promise<Record> {
  return withNameLock(operation, `folder-${digestOf(directory)}`, async () => {
    await refuseTakenFolder(operation, directory)
    checkNewFolder(directory)
    return begin()
  })
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

async function refuseTakenFolder({ state, warn }: Operation, directory: string): Promise<void> {
  const stores = { standby: standbyStore(state), import: importStore(state) }
  for (const [kind, store] of Object.entries(stores)) {
    const holder = (await store.list(warn)).find((record) => record.directory === directory)
    if (holder === undefined) continue
    throw new PgforkError(
      'TARGET_EXISTS',
      `${directory} is the folder of the ${kind} ${holder.name}. Choose another directory, or destroy that first.`,
      { hazard: 'H124', facts: { directory, name: holder.name } },
    )
  }
}
