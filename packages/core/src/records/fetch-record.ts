import { z } from 'zod'
import { RecordStore } from '../state/record-store.ts'
import type { StateDirectory } from '../state/state-directory.ts'
import { identity, user } from '../storage/driver/schemas.ts'

const fetchRecord = z.looseObject({
  version: z.literal(1),
  name: z.string(),
  createdAt: z.string(),
  maker: identity,
  /** Where the command puts one file at a time: that user's, in the system's temporary folder. */
  landing: z.string(),
  owner: user,
})

/** What is stored about WAL that is fetched out of an archive, for as long as an operation needs it: written before anything is made. */
export type FetchRecord = z.infer<typeof fetchRecord>

export const fetchStore = (state: StateDirectory): RecordStore<FetchRecord> =>
  new RecordStore(state.fetched, fetchRecord)
