import type { SourceConnection } from '@pgfork/core'
import { Directory, noPassword, readPostmasterPid } from '@pgfork/core/companion'
import { type InspectedContainer, variableOf } from '../engine/inspect-container.ts'

/**
 * How its server may be connected to, as the variables of the official image say it; undefined while none runs. They say it of the moment
 * in which the cluster was made, so that this is a guess.
 */
export function guessConnection(
  container: InspectedContainer,
  dataDirectory: string,
): Omit<SourceConnection, 'connectionString'> | undefined {
  using directory = Directory.open(dataDirectory)
  const port = readPostmasterPid(directory)?.port
  if (!container.State.Running || container.State.Paused === true || port === undefined) return undefined
  const address = addressOf(container, port)
  if (address === undefined) return undefined
  const user = variableOf(container, 'POSTGRES_USER') || 'postgres'
  return {
    ...address,
    user,
    database: variableOf(container, 'POSTGRES_DB') || user,
    password: variableOf(container, 'POSTGRES_PASSWORD') || noPassword,
  }
}

/** The port that it publishes, or that of its own address in one of its networks. */
function addressOf(
  { HostConfig, NetworkSettings }: InspectedContainer,
  port: number,
): { host: string; port: number } | undefined {
  if (HostConfig.NetworkMode === 'host') return { host: '127.0.0.1', port }
  const published = NetworkSettings.Ports?.[`${port}/tcp`]?.[0]
  if (published !== undefined) {
    const isAny = ['', '0.0.0.0', '::'].includes(published.HostIp)
    return { host: isAny ? '127.0.0.1' : published.HostIp, port: Number(published.HostPort) }
  }
  const addresses = Object.values(NetworkSettings.Networks ?? {}).map(({ IPAddress }) => IPAddress)
  const host = addresses.find((address) => address !== undefined && address !== '')
  return host === undefined ? undefined : { host, port }
}
