import process from 'node:process'
import type { Engine } from './engine.ts'
import { idsWithLabel } from './ids-with-label.ts'
import { inspectImage } from './image.ts'
import { type InspectedContainer, inspectContainer } from './inspect-container.ts'

const [project, service, number] = ['project', 'service', 'container-number'].map(
  (label) => `com.docker.compose.${label}`,
) as [string, string, string]
/** Of `docker compose run`: it runs something else in the service's image. */
const oneOff = 'com.docker.compose.oneoff'

/** The containers of a service of compose, running or not; of one project, where COMPOSE_PROJECT_NAME says so. */
export async function findService(engine: Engine, name: string): Promise<InspectedContainer[]> {
  const ids = await idsWithLabel(engine, `${service}=${name}`)
  const found = (await Promise.all(ids.map((id) => inspectContainer(engine, id)))).filter((one) => one !== undefined)
  const { COMPOSE_PROJECT_NAME: chosen } = process.env
  const candidates = found.filter(
    ({ Config: { Labels } }) => Labels?.[oneOff] !== 'True' && (!chosen || Labels?.[project] === chosen),
  )
  const areOfCompose = await Promise.all(candidates.map((candidate) => isOfCompose(engine, candidate)))
  return candidates.filter((_, index) => areOfCompose[index])
}

/** An image gives its labels to every container; compose numbers those that it makes, and writes no number on the images that it builds (H114). */
async function isOfCompose(engine: Engine, { Config, Image }: InspectedContainer): Promise<boolean> {
  if (Config.Labels?.[number] === undefined) return false
  const image = await inspectImage(engine, Image)
  return image?.Config.Labels?.[number] === undefined
}
