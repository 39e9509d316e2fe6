import { join, relative } from 'node:path'
import { PgforkError, type UserIdentity } from '@pgfork/core'
import { Directory, ownGroupOf } from '@pgfork/core/companion'
import { type InspectedContainer, nameOf, variableOf } from '../engine/inspect-container.ts'
import { findInProcess } from './find-in-process.ts'
import type { RunningServer } from './find-running-server.ts'
import { findMounted, refusedHere } from './mounted-directory.ts'
import { type ContainerPaths, isBelow } from './paths.ts'

/** Of the official image, until 17. */
const usual = '/var/lib/postgresql/data'

/** As the container names it: where its server works, or what its command line or PGDATA says. */
export function findDataDirectory(container: InspectedContainer, server: RunningServer | undefined): string {
  return server?.directory ?? fromArguments(container.Args ?? []) ?? (variableOf(container, 'PGDATA') || usual)
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
  /** What is mounted over its `pg_wal`. */
  readonly wal: string | undefined
}

/**
 * Where a container's data directory lies on this machine.
 *
 * @throws PgforkError `CONTAINER_REFUSED` where it lies nowhere that can be forked, `LAYOUT_REFUSED` where part of it is another volume's (H3)
 */
export function checkDirectory(
  container: InspectedContainer,
  inside: string,
  paths: ContainerPaths,
  server: RunningServer | undefined,
): HostDirectory {
  const facts = { container: nameOf(container), dataDirectory: inside }
  const what = `The data directory ${inside} of the container ${facts.container}`
  const there = server && `/proc/${server.pid}/cwd`
  const path = findMounted({ inside, there, what, facts }, paths)
  const wal = findMountedWal(inside, paths, server, what, facts)
  return { path, wal, ...clusterOf(path, what, facts) }
}

/** Where what a link of the cluster leads to lies: a tablespace, or its WAL. @throws PgforkError `CONTAINER_REFUSED` */
export const linkedDirectory =
  (container: InspectedContainer, paths: ContainerPaths, server: RunningServer | undefined) =>
  (inside: string): string => {
    const facts = { container: nameOf(container), directory: inside }
    const what = `${inside}, a part of the cluster of the container ${facts.container},`
    return findMounted({ inside, there: server && findInProcess(server.pid, inside), what, facts }, paths)
  }

/** What PostgreSQL keeps itself. A volume over anything else, such as `log` or a configuration file, is none that a fork misses. */
const ofCluster = /^(?:PG_VERSION|base|global|pg_(?!log$)[a-z_]+|postmaster\.\w+|backup_label)$/

/** The path of what is mounted over `pg_wal`, if anything is. */
function findMountedWal(
  inside: string,
  paths: ContainerPaths,
  server: RunningServer | undefined,
  what: string,
  facts: Record<string, unknown>,
): string | undefined {
  const below = paths.mounts
    .map(({ destination }) => destination)
    .filter((destination) => destination !== inside && isBelow(destination, inside))
  const wal = join(inside, 'pg_wal')
  const others = below.filter(
    (destination) => destination !== wal && ofCluster.test(relative(inside, destination).split('/')[0] ?? ''),
  )
  if (others.length > 0)
    throw new PgforkError(
      'LAYOUT_REFUSED',
      `${what} has other volumes below it (${others.join(', ')}), which a copy of it would miss. Keep all of the cluster on one volume, except for ` +
        'pg_wal and tablespaces.',
      { hazard: 'H3', facts: { ...facts, mounts: others } },
    )
  if (!below.includes(wal)) return undefined
  const there = server && findInProcess(server.pid, wal)
  return findMounted({ inside: wal, there, what: `The pg_wal of the container ${facts.container}`, facts }, paths)
}

/** With his own group on this machine, or the one of his number: that of the files is chosen by root in the container, who could name any (H82). */
function clusterOf(path: string, what: string, facts: Record<string, unknown>): Pick<HostDirectory, 'owner' | 'major'> {
  using directory = Directory.open(path)
  const version = directory.look('PG_VERSION')
  if (version === undefined)
    throw refusedHere(what, `${path} holds no cluster yet. Wait until the container has made it.`, facts)
  const { uid } = directory.stats
  return {
    owner: { uid, gid: ownGroupOf(uid) ?? uid },
    major: Number.parseInt(directory.readText('PG_VERSION', 64) ?? '', 10),
  }
}
