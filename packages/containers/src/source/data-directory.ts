import { realpathSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { PgforkError, type UserIdentity } from '@pgfork/core'
import { Directory } from '@pgfork/core/companion'
import { type InspectedContainer, nameOf, variableOf } from '../engine/inspect-container.ts'
import { refused } from '../errors.ts'
import type { RunningServer } from './find-running-server.ts'
import { type ContainerPaths, isBelow } from './paths.ts'

/** Of the official image, until 17. */
const usual = '/var/lib/postgresql/data'

/** As the container names it: where its server works, or what its command line or PGDATA says. */
export function findDataDirectory(container: InspectedContainer, server: RunningServer | undefined): string {
  return server?.directory ?? fromArguments(container.Args ?? []) ?? variableOf(container, 'PGDATA') ?? usual
}

function fromArguments(args: readonly string[]): string | undefined {
  for (const [index, word] of args.entries()) {
    const joined = /^(?:-D(?=\/)|--pgdata=|--data[-_]directory=|data_directory=)(\/.*)$/.exec(word)?.[1]
    if (joined !== undefined) return joined
    const next = args[index + 1]
    if ((word === '-D' || word === '--pgdata') && next?.startsWith('/')) return next
  }
  return undefined
}

export interface HostDirectory {
  readonly path: string
  readonly owner: UserIdentity
  readonly major: number
}

/**
 * Where a container's data directory lies on this machine.
 *
 * @throws PgforkError `CONTAINER_REFUSED` where it lies nowhere that can be forked, `LAYOUT_REFUSED` where part of it lies elsewhere (H3)
 */
export function checkDirectory(
  container: InspectedContainer,
  inside: string,
  paths: ContainerPaths,
  server: RunningServer | undefined,
): HostDirectory {
  const facts = { container: nameOf(container), dataDirectory: inside }
  const mount = paths.mountOf(inside)
  const what = `The data directory ${inside} of the container ${facts.container}`
  const remedy =
    'Give the container a volume or a bind mount for it (docker run --volume data:/var/lib/postgresql/data), on copy-on-write storage if you can'
  if (mount === undefined)
    throw refused(
      `${what} lies in the container's own layer, of which no other server can be made. ${remedy}, or copy it by pg_basebackup.`,
      facts,
    )
  if (mount.source === undefined)
    throw refused(
      `${what} lies in memory (tmpfs), which has no snapshots and no path on this machine. ${remedy}, or copy it by pg_basebackup.`,
      facts,
    )
  if (mount.driver !== undefined && mount.driver !== 'local')
    throw refused(
      `${what} lies on a volume of the plugin ${mount.driver}, which may keep it anywhere. Use a volume of the driver local, or a bind mount.`,
      { ...facts, driver: mount.driver },
    )
  const below = paths.mounts.filter(({ destination }) => destination !== inside && isBelow(destination, inside))
  if (below.length > 0)
    throw new PgforkError(
      'LAYOUT_REFUSED',
      `${what} has other volumes below it (${below.map(({ destination }) => destination).join(', ')}), which a copy of it would miss. Keep all of the cluster on one volume.`,
      { hazard: 'H3', facts: { ...facts, mounts: below.map(({ destination }) => destination) } },
    )
  const path = realPath(mount.source, relative(mount.destination, inside), what, facts)
  if (server !== undefined) refuseOther(path, server, what, facts)
  return { path, ...clusterOf(path, what, facts) }
}

/** Who is in the container may put links below a mount, which lead elsewhere here than there. */
function realPath(source: string, below: string, what: string, facts: Record<string, unknown>): string {
  try {
    const root = realpathSync(source)
    const path = join(root, below)
    if (realpathSync(path) === path) return path
  } catch (cause) {
    throw refusedHere(
      what,
      `${source} does not exist on this machine or can't be read: does the engine run elsewhere?`,
      facts,
      cause,
    )
  }
  throw refusedHere(what, `a symbolic link leads to it below ${source}. Give its real path in PGDATA.`, facts)
}

/** Something may be mounted over it in the container, or the engine's paths may not be ours. */
function refuseOther(path: string, { pid }: RunningServer, what: string, facts: Record<string, unknown>): void {
  const here = statSync(path, { bigint: true })
  let there: typeof here
  try {
    there = statSync(`/proc/${pid}/cwd`, { bigint: true })
  } catch {
    // That its server is the one of this directory has to be proved by a connection then.
    return
  }
  if (here.dev === there.dev && here.ino === there.ino) return
  throw refusedHere(
    what,
    `${path} is not the directory that its server works in: is something mounted over it there?`,
    facts,
  )
}

/** With the group of the cluster's own files: what a group is called on this machine says nothing of one in a container. */
function clusterOf(path: string, what: string, facts: Record<string, unknown>): Pick<HostDirectory, 'owner' | 'major'> {
  using directory = Directory.open(path)
  const version = directory.look('PG_VERSION')
  if (version === undefined)
    throw refusedHere(what, `${path} holds no cluster yet. Wait until the container has made it.`, facts)
  const { uid } = directory.stats
  // Root's group has rights on this machine.
  const gid = version.gid === 0 ? uid : version.gid
  return { owner: { uid, gid }, major: Number.parseInt(directory.readText('PG_VERSION', 64) ?? '', 10) }
}

const refusedHere = (what: string, why: string, facts: Record<string, unknown>, cause?: unknown): PgforkError =>
  new PgforkError('CONTAINER_REFUSED', `${what} can't be used: ${why}`, { hazard: 'H84', facts, cause })
