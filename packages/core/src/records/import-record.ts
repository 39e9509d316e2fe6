import { z } from 'zod'
import type { StateDirectory } from '../state/state-directory.ts'
import { copyFields, generation, serverAddress } from './generation.ts'
import { StatusStore } from './status-store.ts'

const importRecord = z.looseObject({
  ...copyFields,
  from: serverAddress,
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
})

export type ImportRecord = z.infer<typeof importRecord>

export type ImportStore = StatusStore<ImportRecord>

export const importStore = (state: StateDirectory): ImportStore =>
  new StatusStore({ kind: 'import', folder: state.imports, schema: importRecord })
