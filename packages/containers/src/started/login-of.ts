import { type CommandRunner, createRunner } from '@pgfork/core'
import { engineAt } from '../engine/engine.ts'
import { findContainer } from '../engine/find-container.ts'
import { variableOf } from '../engine/inspect-container.ts'
import type { Login, StartedContainer } from './started-container.ts'

/** As the container says itself, or else as the variables of its image do. */
export async function loginOf(started: StartedContainer, runner: CommandRunner = createRunner()): Promise<Login> {
  const user = started.getUsername?.()
  const database = started.getDatabase?.()
  if (user !== undefined && database !== undefined) return { user, database, password: started.getPassword?.() }
  const container = await findContainer(engineAt(runner), started.getId())
  const role = variableOf(container, 'POSTGRES_USER') || 'postgres'
  return {
    user: user ?? role,
    password: started.getPassword?.() ?? variableOf(container, 'POSTGRES_PASSWORD'),
    database: database ?? (variableOf(container, 'POSTGRES_DB') || role),
  }
}

/** One that testcontainers has started, perhaps in another process: what is asked of it here is its name or id. */
export interface InspectedDatabase {
  /** The engine's own, which no other container ever has. */
  readonly id: string
  readonly login: Login
}

/**
 * The id of a container, and whom its tests connect as.
 *
 * @throws PgforkError `CONTAINER_NOT_FOUND`, `ENGINE_UNAVAILABLE`
 */
export async function inspectStarted(
  started: StartedContainer,
  runner: CommandRunner = createRunner(),
): Promise<InspectedDatabase> {
  const { Id: id } = await findContainer(engineAt(runner), started.getId())
  return { id, login: await loginOf(started, runner) }
}
