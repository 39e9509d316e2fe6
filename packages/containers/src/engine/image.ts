import { PgforkError } from '@pgfork/core'
import { invalidOption } from '@pgfork/core/companion'
import { notFound } from '../errors.ts'
import type { Engine } from './engine.ts'
import { foreignLabels } from './foreign-labels.ts'

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
  readonly Config: {
    readonly Volumes?: Readonly<Record<string, unknown>> | null
    readonly Labels?: Readonly<Record<string, string>> | null
  }
}

/** One that is there already: nothing is fetched. @throws PgforkError `CONTAINER_NOT_FOUND`, `INVALID_OPTION` */
export async function chooseImage(engine: Engine, name: string): Promise<Image> {
  if (!/^[a-zA-Z0-9][\w.:/@-]{0,1023}$/.test(name)) throw invalidOption('image', 'the name of an image', name)
  const result = await engine.run(['image', 'inspect', '--', name], { missing: /No such (?:image|object)/i })
  const image = result && (JSON.parse(result.stdout) as InspectedImage[])[0]
  if (image === undefined)
    throw notFound(`The engine has no image ${name}. Fetch it: docker pull ${name}`, { image: name })
  return {
    id: image.Id,
    volumes: Object.keys(image.Config.Volumes ?? {}),
    foreignLabels: foreignLabels(image.Config.Labels),
  }
}

const majors = new Map<string, number>()

/**
 * @param advice what to do where its PATH has no `postgres`
 * @throws PgforkError `VERSION_MISMATCH`, `BINARIES_NOT_FOUND`
 */
export async function checkImageVersion(
  engine: Engine,
  { id }: Image,
  expected: number,
  advice = 'Choose another one.',
): Promise<void> {
  const major = majors.get(id) ?? (await askVersion(engine, id, advice))
  majors.set(id, major)
  if (major !== expected)
    throw new PgforkError(
      'VERSION_MISMATCH',
      `The image ${id} has PostgreSQL ${major}, but the source has version ${expected}. Choose an image of version ${expected}.`,
      { facts: { image: id, found: major, expected } },
    )
}

async function askVersion(engine: Engine, id: string, advice: string): Promise<number> {
  const confined = ['--network', 'none', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges']
  const words = ['run', '--rm', '--pull', 'never', ...confined, '--entrypoint', 'postgres', id, '--version']
  const result = await engine.run(words, { missing: /executable file not found/ })
  const major = /\(PostgreSQL\) (\d+)/.exec(result?.stdout ?? '')?.[1]
  if (major !== undefined) return Number(major)
  throw new PgforkError('BINARIES_NOT_FOUND', `The image ${id} has no program postgres in its PATH. ${advice}`, {
    facts: { image: id },
  })
}
