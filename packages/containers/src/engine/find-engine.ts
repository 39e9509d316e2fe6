import process from 'node:process'
import type { CommandRunner } from '@pgfork/core'
import { checkEngine, findLocalAddress, type LocalEngine } from './check-engine.ts'
import { engineAt } from './engine.ts'

/**
 * The engine that containers are looked for in, as the environment says it.
 *
 * @throws PgforkError `CONTAINER_REFUSED`, `ENGINE_UNAVAILABLE`
 */
export async function findEngine(runner: CommandRunner): Promise<LocalEngine> {
  const address = await findLocalAddress(engineAt(runner), process.env)
  return checkEngine(engineAt(runner, address), address)
}
