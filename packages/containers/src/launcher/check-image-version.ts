import { randomBytes } from 'node:crypto'
import { type CommandRunner, PgforkError, type UserIdentity } from '@pgfork/core'
import { engineAt } from '../engine/engine.ts'
import { noContainer } from '../engine/inspect-container.ts'
import { limitWords } from '../engine/limits.ts'
import { isNoProgram } from '../engine/no-program.ts'
import type { ContainerPlace } from './place.ts'

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
const nobody = '65534:65534'

/** It ends by itself, also when nobody is left who would remove it. */
const script = '( (sleep 30 && kill -KILL $$) > /dev/null 2>&1 & ); exec postgres --version'

/**
 * With no more rights than a fork's server has, nor more of the machine, and gone when it doesn't end: whatever the image calls `postgres` (H87, H88).
 */
async function askVersion(
  { engine: address, image, limits, foreignLabels }: ContainerPlace,
  { uid, gid }: UserIdentity,
  runner: CommandRunner,
  advice: string,
): Promise<number> {
  const engine = engineAt(runner, address)
  const name = `pgfork-version-${randomBytes(12).toString('hex')}`
  const words = [
    ...['run', '--rm', '--name', name, '--pull', 'never', '--no-healthcheck', '--log-driver', 'none', '--init'],
    ...['--user', uid === 0 ? nobody : `${uid}:${gid}`, '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--network', 'none', ...limitWords(limits), ...foreignLabels.flatMap((label) => ['--label', `${label}=`])],
    ...['--entrypoint', 'sh', image, '-c', script],
  ]
  const result = await engine.run(words, { waits: true }).catch(async (error: unknown) => {
    await engine.run(['rm', '--force', '--volumes', name], { missing: noContainer }).catch(() => {})
    if (isNoProgram(error)) return
    throw error
  })
  const major = /\(PostgreSQL\) (\d+)/.exec(result?.stdout ?? '')?.[1]
  if (major !== undefined) return Number(major)
  throw new PgforkError('BINARIES_NOT_FOUND', `The image ${image} has no program postgres in its PATH. ${advice}`, {
    facts: { image },
  })
}
