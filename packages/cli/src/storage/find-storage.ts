import type { RecordStore } from '@pgfork/core/companion'
import { usageError } from '../output/usage-error.ts'
import type { StorageRecord } from './storage-record.ts'

/** @param name default: what `storage init` calls one without a name. @throws PgforkError `INVALID_OPTION` */
export async function findStorage(store: RecordStore<StorageRecord>, name = 'storage'): Promise<StorageRecord> {
  const record = await store.find(name)
  if (record !== undefined) return record
  throw usageError(`There is no storage named ${name}; pgfork storage status lists them.`, 'name')
}
