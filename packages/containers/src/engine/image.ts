import { invalidOption } from '@pgfork/core/companion'
import { notFound } from '../errors.ts'
import type { Engine } from './engine.ts'
import { foreignLabels } from './foreign-labels.ts'
import { shownOfId } from './inspect-container.ts'

/** An image that forks run in. */
export interface Image {
  /** Digest of its configuration: a name may be given to another image, this isn't. */
  readonly id: string
  /** Paths for which every container of it would get a volume of its own. */
  readonly volumes: readonly string[]
  readonly foreignLabels: readonly string[]
}

interface InspectedImage {
  readonly Id: string
  readonly RepoTags?: readonly string[] | null
  readonly Config: {
    readonly Volumes?: Readonly<Record<string, unknown>> | null
    readonly Labels?: Readonly<Record<string, string>> | null
  }
}

/**
 * The engine also takes the first digits of an id: what isn't there by a name such as `cafe` would be some image whose id begins so, perhaps with
 * another C library (H114).
 */
function isMeant({ Id, RepoTags }: InspectedImage, name: string): boolean {
  const digits = /^(?:sha256:)?([0-9a-f]+)$/.exec(name)?.[1]
  if (digits === undefined || RepoTags?.includes(`${name}:latest`)) return true
  return digits.length >= shownOfId && Id.startsWith(`sha256:${digits}`)
}

/** By their ids, which are digests of what is told of them: no engine tells something else. */
const known = new Map<string, InspectedImage>()

/** By its name or id; undefined where the engine has none. */
export async function inspectImage(engine: Engine, name: string): Promise<InspectedImage | undefined> {
  const before = known.get(name)
  if (before !== undefined) return before
  const result = await engine.run(['image', 'inspect', '--', name], { missing: /No such (?:image|object)/i })
  const image = result && (JSON.parse(result.stdout) as InspectedImage[])[0]
  if (image !== undefined) known.set(image.Id, image)
  return image
}

/** One that is there already: nothing is fetched. @throws PgforkError `CONTAINER_NOT_FOUND`, `INVALID_OPTION` */
export async function chooseImage(engine: Engine, name: string): Promise<Image> {
  if (!/^[a-zA-Z0-9][\w.:/@-]{0,1023}$/.test(name)) throw invalidOption('image', 'the name of an image', name)
  const image = await inspectImage(engine, name)
  if (image === undefined || !isMeant(image, name))
    throw notFound(`The engine has no image ${name}. Fetch it: docker pull ${name}`, { image: name })
  return {
    id: image.Id,
    volumes: Object.keys(image.Config.Volumes ?? {}),
    foreignLabels: foreignLabels(image.Config.Labels),
  }
}
