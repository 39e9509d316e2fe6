import { z } from 'zod'
import { identity } from '../storage/driver/schemas.ts'

/** One whole copy of a server elsewhere: a volume of its own, so that the next one can be made beside it. */
export const generation = z.object({
  number: z.number().int().positive(),
  /** Of the volume, in which there is the data directory `data`. Recorded before it is made. */
  directory: z.string(),
  createdAt: z.string(),
})

/** One that is being made. With the end of its maker it is garbage. */
export const nextGeneration = generation.extend({ maker: identity })

export type Generation = z.infer<typeof generation>

/** How a server elsewhere is reached, without its password. */
export const serverAddress = z.object({
  host: z.string(),
  port: z.number().int(),
  user: z.string(),
  database: z.string(),
  tls: z.record(z.string(), z.string()),
})

export const passfile = z.object({ path: z.string(), isOurs: z.boolean() })
