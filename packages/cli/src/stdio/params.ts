import { z } from 'zod'
import { driverNames } from '../context/make-drivers.ts'
import { usageError } from '../output/usage-error.ts'

const named = z.strictObject({ name: z.string() })

/** docs/cli.md describes them. */
export const paramsOf = {
  create: z.strictObject({
    source: z.string().optional(),
    snapshot: z.string().optional(),
    fork: z.string().optional(),
    driver: z.enum(driverNames).optional(),
    name: z.string().optional(),
    port: z.number().int().optional(),
    database: z.string().optional(),
    role: z.string().optional(),
    settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    /** SQL. */
    prepare: z.string().optional(),
    ttl: z.string().optional(),
    protect: z.boolean().optional(),
    throwaway: z.boolean().optional(),
    resettable: z.boolean().optional(),
    deep: z.boolean().optional(),
    lifetime: z.enum(['process', 'persistent']).default('process'),
    progress: z.boolean().default(false),
  }),
  connectionString: named.extend({ tcp: z.boolean().default(false) }),
  reset: named.extend({ prepare: z.string().optional() }),
  destroy: named,
  list: z.strictObject({}),
}

/** @throws PgforkError `INVALID_OPTION`, with the field */
export function readParams<Name extends keyof typeof paramsOf>(
  method: Name,
  params: unknown,
): z.output<(typeof paramsOf)[Name]> {
  const read = paramsOf[method].safeParse(params)
  if (read.success) return read.data as z.output<(typeof paramsOf)[Name]>
  const [issue] = read.error.issues
  const field = issue?.path.join('.') || 'params'
  throw usageError(`${method}: ${field}: ${issue?.message}.`, field)
}
