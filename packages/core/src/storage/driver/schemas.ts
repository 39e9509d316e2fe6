import { z } from 'zod'

/** Shapes that records share. */
export const identity = z.object({
  machine: z.string(),
  hostName: z.string(),
  boot: z.string(),
  pidNamespace: z.string(),
  pid: z.number().int().positive(),
  start: z.string(),
  startedAt: z.iso.datetime(),
})

export const user = z.object({ uid: z.number().int().nonnegative(), gid: z.number().int().nonnegative() })

export const volume = z.object({
  id: z.string(),
  pool: z.string(),
  root: z.string(),
  copyOnWrite: z.boolean(),
  attributes: z.record(z.string(), z.string()),
})

/** `Part`: a snapshot or clone of one volume. */
export const volumeCopy = z.object({ driver: z.string(), volume, name: z.string() })
