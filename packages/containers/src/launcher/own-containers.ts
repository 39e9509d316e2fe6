import type { Engine } from '../engine/engine.ts'
import { idsWithLabel } from '../engine/ids-with-label.ts'
import { type InspectedContainer, inspectContainer } from '../engine/inspect-container.ts'
import { sourcesOf } from './bind-sources.ts'
import { directoryLabel } from './container-name.ts'

/**
 * The containers of a data directory's server, whatever they are called now. The label alone proves nothing: an image that was made of such
 * a container passes it on; nor does the name, which anybody may give away (H86).
 */
export async function ownContainers(engine: Engine, dataDirectory: string): Promise<InspectedContainer[]> {
  const ids = await idsWithLabel(engine, `${directoryLabel}=${dataDirectory}`)
  const found = await Promise.all(ids.map((id) => inspectContainer(engine, id)))
  return found.filter((one) => one !== undefined).filter((one) => hasMounted(one, dataDirectory))
}

const hasMounted = ({ Mounts }: InspectedContainer, path: string): boolean =>
  Mounts.some(
    ({ Type, Source = '', Destination }) => Type === 'bind' && sourcesOf(path).includes(Source) && Destination === path,
  )
