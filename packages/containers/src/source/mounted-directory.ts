import { realpathSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { PgforkError } from '@pgfork/core'
import { refused } from '../errors.ts'
import type { ContainerPaths } from './paths.ts'

export interface SoughtDirectory {
  /** As the container names it. */
  readonly inside: string
  /** By which it can be looked at here as its server sees it; undefined where it can't. */
  readonly there: string | undefined
  /** For errors: `The tablespace /srv/fast of the container db`. */
  readonly what: string
  readonly facts: Readonly<Record<string, unknown>>
}

/**
 * Where a directory of a container's cluster lies on this machine.
 *
 * @throws PgforkError `CONTAINER_REFUSED` where it lies nowhere that can be forked
 */
export function findMounted({ inside, there, what, facts }: SoughtDirectory, paths: ContainerPaths): string {
  const mount = paths.mountOf(inside)
  const remedy =
    `Give the container a volume or a bind mount for it (docker run --volume data:${inside}), on copy-on-write storage if you can, ` +
    'or copy the cluster by pg_basebackup and fork that.'
  if (mount === undefined)
    throw refused(`${what} lies in the container's own layer, of which no other server can be made. ${remedy}`, facts)
  if (mount.source === undefined)
    throw refused(
      `${what} lies in memory (tmpfs), which has no snapshots and no path on this machine. ${remedy}`,
      facts,
    )
  if (mount.driver !== undefined && mount.driver !== 'local')
    throw refused(
      `${what} lies on a volume of the plugin ${mount.driver}, which may keep it anywhere. Use a volume of the driver local, or a bind mount.`,
      { ...facts, driver: mount.driver },
    )
  const path = realPath(mount.source, relative(mount.destination, inside), what, facts)
  if (there !== undefined && !isSame(path, there))
    throw refusedHere(
      what,
      `${path} is not the directory that its server has there. Was something mounted over it, here or there, after the container was started? ` +
        'Restart the container, so that both have the same, or unmount it.',
      facts,
    )
  return path
}

function isSame(here: string, there: string): boolean {
  try {
    const [one, other] = [here, there].map((path) => statSync(path, { bigint: true }))
    return one?.dev === other?.dev && one?.ino === other?.ino
  } catch {
    // That its server is the one of this directory has to be proved by a connection then.
    return true
  }
}

/** Who is in the container may put links below a mount, which lead elsewhere here than there. */
function realPath(source: string, below: string, what: string, facts: SoughtDirectory['facts']): string {
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
  throw refusedHere(what, `a symbolic link leads to it below ${source}. Give its real path.`, facts)
}

export const refusedHere = (what: string, why: string, facts: SoughtDirectory['facts'], cause?: unknown): PgforkError =>
  new PgforkError('CONTAINER_REFUSED', `${what} can't be used: ${why}`, { hazard: 'H84', facts, cause })
