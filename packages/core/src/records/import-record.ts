import { z } from 'zod'
import type { StateDirectory } from '../state/state-directory.ts'
import { identity, user } from '../storage/driver/schemas.ts'
import { generation, nextGeneration, passfile, serverAddress } from './generation.ts'
import { StatusStore } from './status-store.ts'
import { snapshotStatuses } from './transitions.ts'

const importRecord = z.looseObject({
  version: z.literal(1),
  name: z.string(),
  createdAt: z.string(),
  /** `creating` until the first generation is whole. */
  status: z.enum(snapshotStatuses),
  maker: identity,
  /** Ours alone: generations and the passfile lie in it. Made after this record. */
  directory: z.string(),
  /** Whom the servers run as. */
  owner: user,
  from: serverAddress,
  passfile: passfile.optional(),
  binDirectory: z.string(),
  major: z.number().int(),
  role: z.string(),
  /** The databases that are imported; undefined: all. */
  databases: z.array(z.string()).optional(),
  /** Extensions that are left out. */
  withoutExtensions: z.array(z.string()).optional(),
  /** So many generations stay. */
  keep: z.number().int().positive(),
  jobs: z.number().int().positive(),
  keepsOwners: z.boolean(),
  /** Whole ones, the newest last: that is the one that is forked. */
  generations: z.array(generation),
  next: nextGeneration.optional(),
  /** They are to be removed. */
  retired: z.array(generation),
})

export type ImportRecord = z.infer<typeof importRecord>

export type ImportStore = StatusStore<ImportRecord>

export const importStore = (state: StateDirectory): ImportStore =>
  new StatusStore({ kind: 'import', folder: state.imports, schema: importRecord })
