import { invalidOption } from '@pgfork/core/companion'
import { notFound } from '../errors.ts'
import type { Engine } from './engine.ts'
import { type InspectedContainer, inspectContainer, nameOf } from './inspect-container.ts'

const service = 'com.docker.compose.service'
/** Of `docker compose run`: it runs something else in the service's image. */
const oneOff = 'com.docker.compose.oneoff'

/** What the engine takes for a name or an id, and compose for the name of a service. Nothing of it looks like an option. */
export function checkContainerName(name: unknown): string {
  if (typeof name === 'string' && /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/.test(name)) return name
  throw invalidOption('container', 'the name or the id of a container, or the name of a service of compose', name)
}

/** As many characters of an id as the engine shows. */
const shownOfId = 12

/** The engine also takes the first characters of an id: `db` would be some container whose id begins so, and not the service (H114). */
const isMeant = (container: InspectedContainer, name: string): boolean =>
  nameOf(container) === name || (name.length >= shownOfId && container.Id.startsWith(name))

/** @throws PgforkError `CONTAINER_NOT_FOUND` */
export async function findContainer(engine: Engine, name: string): Promise<InspectedContainer> {
  const found = await inspectContainer(engine, name)
  if (found !== undefined && isMeant(found, name)) return found
  const ids = await idsWithLabel(engine, `${service}=${name}`)
  const ofService = (await Promise.all(ids.map((id) => inspectContainer(engine, id))))
    .filter((one) => one !== undefined)
    .filter(({ Config }) => Config.Labels?.[oneOff] !== 'True')
  const [only, ...more] = ofService
  if (only === undefined)
    throw notFound(
      `The engine has no container, and compose no service, named ${name}; of an id it takes ${shownOfId} characters. docker ps -a lists what there is; DOCKER_HOST says which engine.`,
      { name },
    )
  if (more.length > 0)
    throw notFound(
      `The service ${name} has several containers: ${ofService.map(nameOf).join(', ')}. Give the name of one of them.`,
      { name, containers: ofService.map(nameOf) },
    )
  return only
}

/** Running or not. */
export async function idsWithLabel(engine: Engine, label: string): Promise<string[]> {
  const result = await engine.run(['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`])
  return (result?.stdout ?? '').split('\n').filter((id) => id !== '')
}
