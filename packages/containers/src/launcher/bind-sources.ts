import { lstatSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { CommandError, type CommandRunner, PgforkError, type UserIdentity } from '@pgfork/core'
import { checkPlace, Directory, findUnsafe, isWritableByOthers } from '@pgfork/core/companion'
import { containerNameOf } from './container-name.ts'

/** A directory that a container sees at its path here. No path of a fork needs a translation. */
export interface Bind {
  readonly source: string
  readonly path: string
}

interface BindRequest {
  readonly dataDirectory: string
  readonly owner: UserIdentity
  /** Others that are mounted. */
  readonly folders: readonly string[]
}

/** Of root, mode 0700: nobody else changes anything in it, nor passes it. Named by the data directory, so that what a killed process left is found. */
const holdersOf = (dataDirectory: string): string => join('/run', containerNameOf(dataDirectory))

/** The paths that the data directory may be mounted from. */
export const sourcesOf = (dataDirectory: string): readonly string[] => [
  dataDirectory,
  join(holdersOf(dataDirectory), '0'),
]

/** Disposed of when the container has begun, or hasn't. */
export interface HeldBinds extends AsyncDisposable {
  readonly binds: readonly Bind[]
}

/**
 * Directories of the fork's user for `docker run`. The engine follows links as root: where the user can put one in a
 * directory's place, root opens that without following any, mounts it where he can't reach, and has the engine mount it from there. Asking
 * afterwards what was mounted would be too late: he passes `/proc/PID/root` of every process of his own, also one in a container (H88).
 * Whoever isn't root and may use the engine is not led astray: the directories are his.
 *
 * @throws PgforkError `PERMISSION_DENIED` where the directory is none, or another user's
 */
export async function holdBinds(
  { dataDirectory, owner, folders }: BindRequest,
  runner: CommandRunner,
): Promise<HeldBinds> {
  const holders = holdersOf(dataDirectory)
  await releaseBinds(dataDirectory, runner)
  try {
    const binds: Bind[] = []
    for (const [index, path] of [dataDirectory, ...folders].entries()) {
      const source = isExchangeable(path) ? join(holders, String(index)) : path
      if (source !== path) await hold(path, source, owner, runner)
      binds.push({ source, path })
    }
    return { binds, [Symbol.asyncDispose]: () => releaseBinds(dataDirectory, runner) }
  } catch (error) {
    await releaseBinds(dataDirectory, runner)
    throw error
  }
}

/** A container that has begun has mounts of its own. */
export async function releaseBinds(dataDirectory: string, runner: CommandRunner): Promise<void> {
  const holders = holdersOf(dataDirectory)
  const found = lstatSync(holders, { throwIfNoEntry: false })
  if (process.geteuid?.() !== 0 || found === undefined) return
  for (const name of readdirSync(holders)) {
    // The engine may still look at it.
    await runner.run('umount', ['--lazy', '--no-canonicalize', '--', join(holders, name)]).catch((error: unknown) => {
      if (!(error instanceof CommandError && /not mounted/i.test(error.stderr))) throw error
    })
    rmdirSync(join(holders, name))
  }
  rmdirSync(holders)
}

/** Whether somebody else could put a link there, while we are root. In a folder such as `/tmp` an entry's owner can. */
function isExchangeable(path: string): boolean {
  if (process.geteuid?.() !== 0) return false
  const above = dirname(path)
  return findUnsafe(above) !== undefined || isWritableByOthers(lstatSync(above))
}

async function hold(path: string, holder: string, owner: UserIdentity, runner: CommandRunner): Promise<void> {
  using directory = Directory.open(path)
  const { dev, ino, uid } = directory.stats
  if (uid !== owner.uid) throw exchanged(path)
  checkPlace(dirname(dirname(holder)), 'Containers of forks are given their directories from there.')
  mkdirSync(holder, { recursive: true, mode: 0o700 })
  // Its canonical form would be a path again.
  const held = directory.held.replace('/proc/self/', `/proc/${process.pid}/`)
  await runner.run('mount', ['--bind', '--no-canonicalize', '--', held, holder])
  const mounted = statSync(holder)
  if (mounted.dev !== dev || mounted.ino !== ino) throw exchanged(path)
}

const exchanged = (path: string): PgforkError =>
  new PgforkError(
    'PERMISSION_DENIED',
    `${path} is not the directory of the fork's user that it was: somebody has put another one in its place, which no container is given. Put it back, or destroy the fork.`,
    { hazard: 'H88', facts: { path } },
  )
