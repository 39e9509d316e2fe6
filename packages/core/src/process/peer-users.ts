import { readdirSync } from 'node:fs'
import { readProcLink } from './proc.ts'
import { portDigits, readTcpSockets, type TcpSocket } from './tcp-sockets.ts'

/** What this process has connected to by TCP. */
export interface Peer {
  /** In whose network namespace the other end is. */
  readonly process: number | 'self'
  /** An address of IPv4. */
  readonly host: string
  readonly port: number
}

/** Of the kernel's include/net/tcp_states.h. */
const [established, closedThere] = ['01', '08']

/**
 * The users at the other ends of this process's connections to there, one for each, as the kernel knows them (proc_pid_net(5)). Undefined for an end
 * that is closed, that nobody has accepted yet, or that isn't in that namespace. Who listens there may be another by now, and says nothing of them.
 */
export function peerUsers({ process, host, port }: Peer): (number | undefined)[] {
  const own = ownSockets()
  const end = `${hexadecimal(host)}:${portDigits(port)}`
  const isOpen = ({ state }: TcpSocket): boolean => state === established || state === closedThere
  const ours = readConnections('self').filter((one) => one.remote === end && own.has(one.inode) && isOpen(one))
  const theirs = readConnections(process).filter(({ state, inode }) => state === established && inode !== '0')
  return ours.map(({ local }) => theirs.find((one) => one.local === end && one.remote === local)?.uid)
}

const readConnections = (process: number | 'self'): TcpSocket[] =>
  (readTcpSockets(process) ?? []).map((one) => ({ ...one, local: asFour(one.local), remote: asFour(one.remote) }))

/** Of what stands for an address of IPv4 in IPv6, that address. */
const asFour = (end: string): string => end.replace(/^0{16}FFFF0000/, '')

function ownSockets(): Set<string> {
  const links = readdirSync('/proc/self/fd').map((name) => readProcLink(`self/fd/${name}`) ?? '')
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}

/** As the kernel's tables have it on machines of this kind. */
const hexadecimal = (host: string): string =>
  host
    .split('.')
    .reverse()
    .map((part) => Number(part).toString(16).padStart(2, '0').toUpperCase())
    .join('')
