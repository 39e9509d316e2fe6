import { randomBytes } from 'node:crypto'
import { PgforkError, type UserIdentity } from '@pgfork/core'
import { invalidOption } from '@pgfork/core/companion'
import { notFound } from '../errors.ts'
import type { Engine } from './engine.ts'
import { foreignLabels } from './foreign-labels.ts'
import { noContainer } from './inspect-container.ts'
import { isNoProgram } from './no-program.ts'

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

const nobody = '65534:65534'
const majors = new Map<string, number>()

/** What an image must have, and whose files its server is to be given. */
interface Expected {
  readonly major: number
  readonly owner: UserIdentity
}

/**
 * @param advice what to do where its PATH has no `postgres`
 * @throws PgforkError `VERSION_MISMATCH`, `BINARIES_NOT_FOUND`
 */
export async function checkImageVersion(
  engine: Engine,
  image: Image,
  { major: expected, owner }: Expected,
  advice = 'Choose another one.',
): Promise<void> {
  const { id } = image
  const major = majors.get(id) ?? (await askVersion(engine, image, owner, advice))
  majors.set(id, major)
  if (major !== expected)
    throw new PgforkError(
      'VERSION_MISMATCH',
      `The image ${id} has PostgreSQL ${major}, but the source has version ${expected}. Choose an image of version ${expected}.`,
      { facts: { image: id, found: major, expected } },
    )
}

/** With no more rights than a fork's server has, and gone when it doesn't end: whatever the image calls `postgres` (H87, H88). */
async function askVersion(
  engine: Engine,
  { id, foreignLabels }: Image,
  { uid, gid }: UserIdentity,
  advice: string,
): Promise<number> {
  // Files of root's are refused later on.
  const user = uid === 0 ? nobody : `${uid}:${gid}`
  const name = `pgfork-version-${randomBytes(12).toString('hex')}`
  const words = [
    ...['run', '--rm', '--name', name, '--pull', 'never', '--no-healthcheck', '--log-driver', 'none', '--init'],
    ...['--user', user, '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--network', 'none'],
    ...foreignLabels.flatMap((label) => ['--label', `${label}=`]),
    ...['--entrypoint', 'postgres', id, '--version'],
  ]
  const result = await engine.run(words, { waits: true }).catch(async (error: unknown) => {
    await engine.run(['rm', '--force', '--volumes', name], { missing: noContainer }).catch(() => {})
    if (isNoProgram(error)) return
    throw error
  })
  const major = /\(PostgreSQL\) (\d+)/.exec(result?.stdout ?? '')?.[1]
  if (major !== undefined) return Number(major)
  throw new PgforkError('BINARIES_NOT_FOUND', `The image ${id} has no program postgres in its PATH. ${advice}`, {
    facts: { image: id },
  })
}
