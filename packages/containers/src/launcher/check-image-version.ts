import { type CommandRunner, PgforkError, type UserIdentity } from '@pgfork/core'
import { planOutsideFolder } from '@pgfork/core/companion'
import type { ContainerPlace } from './place.ts'
import { runInContainer } from './run-in-container.ts'

/** What an image must have, and whose files its server is to be given. */
interface Expected {
  readonly major: number
  readonly owner: UserIdentity
}

const majors = new Map<string, number>()

/**
 * @param advice what to do where its PATH has no `postgres`
 * @throws PgforkError `VERSION_MISMATCH`, `BINARIES_NOT_FOUND`
 */
export async function checkImageVersion(
  place: ContainerPlace,
  { major: expected, owner }: Expected,
  runner: CommandRunner,
  advice = 'Choose another one.',
): Promise<void> {
  const { image } = place
  const major = majors.get(image) ?? (await askVersion(place, owner, runner, advice))
  majors.set(image, major)
  if (major !== expected)
    throw new PgforkError(
      'VERSION_MISMATCH',
      `The image ${image} has PostgreSQL ${major}, but the source has version ${expected}. Choose an image of version ${expected}.`,
      { facts: { image, found: major, expected } },
    )
}

/** Files of root's are refused later on. */
const nobody: UserIdentity = { uid: 65_534, gid: 65_534 }

const timeoutMs = 60_000

/**
 * With no more rights than a fork's server has, nor more of the machine, and tied to this process: whatever the image calls `postgres` may never end
 * (H87, H88). Of a fork it sees an empty folder.
 */
async function askVersion(
  place: ContainerPlace,
  owner: UserIdentity,
  runner: CommandRunner,
  advice: string,
): Promise<number> {
  const folder = planOutsideFolder()
  const result = await runInContainer(
    {
      server: { dataDirectory: folder, socketDirectory: '', place },
      owner: owner.uid === 0 ? nobody : owner,
      ...{ binDirectory: '', program: 'postgres', args: ['--version'], outsideDirectory: folder, timeoutMs },
    },
    runner,
  )
  const major = /\(PostgreSQL\) (\d+)/.exec(result?.stdout ?? '')?.[1]
  if (major !== undefined) return Number(major)
  throw new PgforkError(
    'BINARIES_NOT_FOUND',
    `The image ${place.image} has no program postgres in its PATH. ${advice}`,
    {
      facts: { image: place.image },
    },
  )
}
