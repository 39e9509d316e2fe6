import { availableParallelism } from 'node:os'
import { PgforkError } from '@pgfork/core'
import type { PoolOptions } from './pool-options.ts'

/** Checked, with their defaults. @throws PgforkError `INVALID_OPTION` */
export function readPoolLimits(options: PoolOptions): Required<PoolOptions> {
  const { size = 2, maximum = Math.max(32, size), concurrency = availableParallelism() } = options
  const { acquireTimeoutMs = 60_000 } = options
  const limits = { size, maximum, concurrency, acquireTimeoutMs }
  for (const [name, value] of Object.entries(limits))
    if (!(Number.isInteger(value) && value >= (name === 'size' ? 0 : 1)))
      throw new PgforkError('INVALID_OPTION', `${name} of a pool must be a whole number, not ${value}.`)
  if (maximum < size)
    throw new PgforkError('INVALID_OPTION', `maximum (${maximum}) of a pool must not be below its size (${size}).`)
  return limits
}
