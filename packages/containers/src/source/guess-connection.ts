import type { SourceConnection } from '@pgfork/core'
import { Directory, noPassword, type Peer, peerUsers, readPostmasterPid, waitUntil } from '@pgfork/core/companion'
import { type InspectedContainer, variableOf } from '../engine/inspect-container.ts'
import type { HostDirectory } from './data-directory.ts'

/**
 * How its server may be connected to, as the variables of the official image say it; undefined while none runs. They say it of the moment
 * in which the cluster was made, so that this is a guess.
 */
export function guessConnection(
  container: InspectedContainer,
  { path, owner }: Pick<HostDirectory, 'path' | 'owner'>,
): Omit<SourceConnection, 'connectionString'> | undefined {
  using directory = Directory.open(path)
  const port = readPostmasterPid(directory)?.port
  if (!container.State.Running || container.State.Paused === true || port === undefined) return undefined
  const peer = peerOf(container, port)
  if (peer === undefined) return undefined
  const user = variableOf(container, 'POSTGRES_USER') || 'postgres'
  const password = variableOf(container, 'POSTGRES_PASSWORD')
  return {
    host: peer.host,
    port,
    user,
    database: variableOf(container, 'POSTGRES_DB') || user,
    password: password === undefined || password === '' ? noPassword : () => giveTo(peer, owner.uid, password),
  }
}

/**
 * Its own address, in the machine's network or in one of its own: at a port that it publishes, a proxy of the engine's listens, or somebody else where
 * that does so for other addresses.
 */
function peerOf({ HostConfig, NetworkSettings, State }: InspectedContainer, port: number): Peer | undefined {
  if (HostConfig.NetworkMode === 'host') return { process: 'self', host: '127.0.0.1', port }
  const addresses = Object.values(NetworkSettings.Networks ?? {}).map(({ IPAddress }) => IPAddress)
  const host = addresses.find((address) => address !== undefined && address !== '')
  return host === undefined ? undefined : { process: State.Pid, host, port }
}

/** Sessions that end are still seen for a moment. */
const settledMs = 500

/**
 * The password, once somebody asks for it: whoever took the port while the server didn't listen there would be told the password of a superuser,
 * also when it does by now. So it is the user at the other end who counts (H116).
 */
async function giveTo(peer: Peer, uid: number, password: string): Promise<string> {
  const isServer = async (): Promise<boolean> => {
    const users = peerUsers(peer)
    return users.length > 0 && users.every((user) => user === uid)
  }
  const known = await waitUntil(isServer, { what: "The server's user", timeoutMs: settledMs }).catch(() => false)
  if (known) return password
  throw new Error(
    `its password (POSTGRES_PASSWORD) is given to nobody, since another than the user ${uid} answers at ${peer.host}:${peer.port}. Say how to connect by ` +
      'the option connection',
  )
}
