import type { SourceConnection } from '@pgfork/core'
import { Directory, type Listener, noPassword, readPostmasterPid } from '@pgfork/core/companion'
import { type InspectedContainer, variableOf } from '../engine/inspect-container.ts'
import type { HostDirectory } from './data-directory.ts'
import type { RunningServer } from './find-running-server.ts'
import { listensAt } from './listens-at.ts'

/**
 * How its server may be connected to, as the variables of the official image say it; undefined while none runs. They say it of the moment
 * in which the cluster was made, so that this is a guess.
 */
export function guessConnection(
  container: InspectedContainer,
  { path, owner }: Pick<HostDirectory, 'path' | 'owner'>,
  server: RunningServer | undefined,
): Omit<SourceConnection, 'connectionString'> | undefined {
  using directory = Directory.open(path)
  const port = readPostmasterPid(directory)?.port
  if (!container.State.Running || container.State.Paused === true || port === undefined) return undefined
  const address = addressOf(container, port, server)
  if (address === undefined) return undefined
  const { host, listener } = address
  const user = variableOf(container, 'POSTGRES_USER') || 'postgres'
  const password = variableOf(container, 'POSTGRES_PASSWORD')
  return {
    host,
    port: address.port,
    user,
    database: variableOf(container, 'POSTGRES_DB') || user,
    password: password === undefined || password === '' ? noPassword : () => giveTo(listener, owner.uid, password),
  }
}

interface Address {
  readonly host: string
  readonly port: number
  /** Who must be there; undefined where that can't be seen. */
  readonly listener: Listener | undefined
}

/** The port that it publishes, or that of its own address in one of its networks. */
function addressOf(
  { HostConfig, NetworkSettings }: InspectedContainer,
  port: number,
  server: RunningServer | undefined,
): Address | undefined {
  const local = '127.0.0.1'
  if (HostConfig.NetworkMode === 'host') return { host: local, port, listener: { process: 'self', host: local, port } }
  const there = server && { process: server.pid, port }
  const published = NetworkSettings.Ports?.[`${port}/tcp`]?.[0]
  if (published !== undefined) {
    const isAny = ['', '0.0.0.0', '::'].includes(published.HostIp)
    return { host: isAny ? local : published.HostIp, port: Number(published.HostPort), listener: there }
  }
  const addresses = Object.values(NetworkSettings.Networks ?? {}).map(({ IPAddress }) => IPAddress)
  const host = addresses.find((address) => address !== undefined && address !== '')
  return host === undefined ? undefined : { host, port, listener: there && { ...there, host } }
}

/**
 * The password, once somebody asks for it: where the server listens at its socket alone, or has ended, whoever takes its port would be told the
 * password of a superuser (H116).
 */
function giveTo(listener: Listener | undefined, uid: number, password: string): string {
  if (listener === undefined || listensAt(listener, uid)) return password
  throw new Error(
    `its password (POSTGRES_PASSWORD) is given to nobody, since another than the user ${uid} listens at port ${listener.port}. Say how to connect by the ` +
      'option connection',
  )
}
