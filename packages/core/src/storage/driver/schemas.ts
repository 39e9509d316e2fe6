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

/** A server in a container. */
export const container = z.object({
  kind: z.literal('container'),
  id: z.string(),
  startedAt: z.string(),
  pid: z.number().int().positive(),
  pidInside: z.number().int().positive(),
  boot: z.string().optional(),
})

/** Where a server runs that is no process of its machine; its launcher checks the rest. */
export const place = z.looseObject({ kind: z.string() })

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
