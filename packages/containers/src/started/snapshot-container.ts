import { type ClusterSnapshot, type CreateSnapshotOptions, createSnapshot, type ForkOptions } from '@pgfork/core'
import { randomName } from '@pgfork/core/companion'
import { type ContainerOptions, container } from '../source/container.ts'
import { type ContainerFork, forkFor } from './fork-container.ts'
import { loginOf } from './login-of.ts'
import type { StartedContainer } from './started-container.ts'

/** A snapshot of a container's server, of which any number of forks can be made at the same time. */
export interface ContainerSnapshot extends ClusterSnapshot {
  /** As `forkContainer`, of the moment of the snapshot. */
  fork(options?: ForkOptions): Promise<ContainerFork>
}

/**
 * Takes a snapshot of the server of a container that testcontainers has started. Nobody has to be disconnected, and nobody is.
 *
 * @throws PgforkError as `createSnapshot` with `container()` does
 */
export async function snapshotContainer(
  started: StartedContainer,
  options: Omit<CreateSnapshotOptions, 'source' | 'name'> &
    Pick<ContainerOptions, 'network'> & { readonly name?: string } = {},
): Promise<ContainerSnapshot> {
  const { network = 'host', name = randomName('container'), ...rest } = options
  const login = await loginOf(started, options.runner)
  const source = container(started.getId(), { network })
  const snapshot = await createSnapshot({ ...rest, name, source })
  const { driver, stateDirectory, runner } = options
  const given = Object.fromEntries(
    Object.entries({ driver, stateDirectory, runner }).filter(([, value]) => value !== undefined),
  )
  return Object.assign(snapshot, { fork: (of: ForkOptions = {}) => forkFor(login, snapshot, { ...given, ...of }) })
}
