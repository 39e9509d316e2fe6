import { PgforkError } from '@pgfork/core'
import type { DatabaseOptions } from '../fixtures/database-options.ts'
import type { OfContainer } from './container-options.ts'

/** What databases are made of, and what is known of a container's user. */
export interface DatabaseOrigin {
  readonly options: DatabaseOptions
  readonly password?: string | undefined
}

/** @throws PgforkError `LAUNCHER_NOT_FOUND`, and what `container()` throws */
export async function findOrigin(given: DatabaseOptions | OfContainer): Promise<DatabaseOrigin> {
  if (!('container' in given) || given.container === undefined) return { options: given as DatabaseOptions }
  const { container: start, key, ...options } = given
  const { container, inspectStarted } = await loadContainers()
  const { id, login } = await inspectStarted(await start(), options.runner)
  // Its own port is open on the loopback as well.
  const source = container(id, { network: 'host' })
  return { options: { database: login.database, ...options, key: key ?? id, source }, password: login.password }
}

async function loadContainers(): Promise<typeof import('@pgfork/containers')> {
  try {
    return await import('@pgfork/containers')
  } catch (cause) {
    throw new PgforkError(
      'LAUNCHER_NOT_FOUND',
      'The option container takes @pgfork/containers, which can not be loaded. Install it beside @pgfork/testing, in the same version.',
      { cause },
    )
  }
}
