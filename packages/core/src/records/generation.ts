import { z } from 'zod'
import { identity, user } from '../storage/driver/schemas.ts'
import { snapshotStatuses } from './transitions.ts'

/** One whole copy of a server elsewhere: a volume of its own, so that the next one can be made beside it. */
export const generation = z.object({
  number: z.number().int().positive(),
  /** Of the volume, in which there is the data directory `data`. Recorded before it is made. */
  directory: z.string(),
  createdAt: z.string(),
})

/** One that is being made. With the end of its maker it is garbage. */
const nextGeneration = generation.extend({
  maker: identity,
  /** Of its socket, where the path of the data directory is too long for one; a standby has one for all. */
  outsideDirectory: z.string().optional(),
})

export type Generation = z.infer<typeof generation>

/** How a server elsewhere is reached, without its password. */
export const serverAddress = z.object({
  host: z.string(),
  port: z.number().int(),
  user: z.string(),
  database: z.string(),
  tls: z.record(z.string(), z.string()),
})

const passfile = z.object({ path: z.string(), isOurs: z.boolean() })

/** What the records of copies of servers elsewhere have in common. */
export const copyFields = {
  version: z.literal(1),
  name: z.string(),
  createdAt: z.string(),
  /** `creating` until the first generation is in use. */
  status: z.enum(snapshotStatuses),
  maker: identity,
  /** Ours alone: generations and the passfile lie in it. Made after this record. */
  directory: z.string(),
  /** Whom the servers run as. */
  owner: user,
  passfile: passfile.optional(),
  binDirectory: z.string(),
  major: z.number().int(),
  next: nextGeneration.optional(),
  /** They are to be removed. */
  retired: z.array(generation),
}

const copyRecord = z.looseObject(copyFields)

export type CopyRecord = z.infer<typeof copyRecord>
