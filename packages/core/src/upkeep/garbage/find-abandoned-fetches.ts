import { removeFetchFolders } from '../../archive/fetch-folders.ts'
import { fetchStore } from '../../records/fetch-record.ts'
import { type Finder, type Removable, unreadable } from './garbage.ts'
import { whyEnded } from './why-ended.ts'

/** WAL that was fetched out of an archive for an operation whose process has ended. */
export const findAbandonedFetches: Finder = async (operation, rules) => {
  const { state } = operation
  const store = fetchStore(state)
  const found: Removable[] = []
  for (const name of await store.names()) {
    try {
      const record = await store.find(name)
      const reason = record && (await whyEnded(operation, { maker: record.maker, copies: [] }, rules))
      if (record === undefined || reason === undefined) continue
      found.push({ kind: 'temporary file', name, reason, remove: () => removeFetchFolders(state, record) })
    } catch (error) {
      found.push(unreadable(name, error))
    }
  }
  return found
}
