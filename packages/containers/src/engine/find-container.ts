import { invalidOption } from '@pgfork/core/companion'
import { notFound } from '../errors.ts'
import type { Engine } from './engine.ts'
import { findService } from './find-service.ts'
import { type InspectedContainer, inspectContainer, nameOf, shownOfId } from './inspect-container.ts'

/** What the engine takes for a name or an id, and compose for the name of a service. Nothing of it looks like an option. */
export function checkContainerName(name: unknown): string {
  if (typeof name === 'string' && /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/.test(name)) return name
  throw invalidOption('container', 'the name or the id of a container, or the name of a service of compose', name)
}

/** The engine also takes the first characters of an id: `db` would be some container whose id begins so, and not the service (H114). */
const isMeant = (container: InspectedContainer, name: string): boolean =>
  nameOf(container) === name || (name.length >= shownOfId && container.Id.startsWith(name))

/** @throws PgforkError `CONTAINER_NOT_FOUND` */
export async function findContainer(engine: Engine, name: string): Promise<InspectedContainer> {
  const found = await inspectContainer(engine, name)
  if (found !== undefined && isMeant(found, name)) return found
  const ofService = await findService(engine, name)
  const [only, ...more] = ofService
  if (only === undefined)
    throw notFound(
      `The engine has no container, and compose no service, named ${name}; of an id it takes ${shownOfId} characters. docker ps -a lists what there is; DOCKER_HOST says which engine.`,
      { name },
    )
  if (more.length > 0)
    throw notFound(
      `The service ${name} has several containers: ${ofService.map(nameOf).join(', ')}. Give the name of one of them, or that of the project in COMPOSE_PROJECT_NAME.`,
      { name, containers: ofService.map(nameOf) },
    )
  return only
}
