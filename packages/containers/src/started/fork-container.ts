import { type ClusterSnapshot, createFork, type Fork, type ForkOptions } from '@pgfork/core'
import { type ContainerLike, containerLike } from '@pgfork/core/companion'
import { type ContainerOptions, container } from '../source/container.ts'
import { loginOf } from './login-of.ts'
import type { Login, StartedContainer } from './started-container.ts'

/** A fork that is asked as testcontainers' own containers are. */
export interface ContainerFork extends Fork, ContainerLike {}

/**
 * Forks the server of a container that testcontainers has started; the fork runs in a container of the same image. Nobody has to be
 * disconnected, and the container goes on. It listens on this machine's loopback, as the container's published port does, unless
 * `network` is `none`: then its URI reaches nobody, and its `connectionString` is to be used.
 *
 * @throws PgforkError as `createFork` with `container()` does
 */
export async function forkContainer(
  started: StartedContainer,
  options: ForkOptions & Pick<ContainerOptions, 'network'> = {},
): Promise<ContainerFork> {
  const { network = 'host', ...rest } = options
  const login = await loginOf(started, options.runner)
  const source = container(started.getId(), { network })
  return forkFor(login, source, rest)
}

export async function forkFor(
  login: Login,
  source: ReturnType<typeof container> | ClusterSnapshot,
  options: ForkOptions,
): Promise<ContainerFork> {
  const { user: role, database } = login
  const fork = await createFork({ role, database, ...options, source })
  return Object.assign(fork, containerLike({ port: fork.port, ...login }))
}
