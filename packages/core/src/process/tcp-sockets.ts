import { readProc } from './proc.ts'

/** One of a network namespace, as the kernel's tables have it: addresses and ports in hexadecimal, 0100007F:1538. */
export interface TcpSocket {
  readonly local: string
  readonly remote: string
  /** Of the kernel's include/net/tcp_states.h. */
  readonly state: string
  readonly uid: number
  readonly inode: string
}

/** All of the network namespace of a process (proc_pid_net(5)); undefined where the system doesn't tell, as elsewhere than on Linux. */
export function readTcpSockets(process: number | 'self'): TcpSocket[] | undefined {
  const tables = ['tcp', 'tcp6']
    .map((name) => readProc(`${process}/net/${name}`))
    .filter((table) => table !== undefined)
  if (tables.length === 0) return undefined
  return tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .map(([, local = '', remote = '', state = '', , , , uid, , inode = '']) => ({
      ...{ local, remote, state, uid: Number(uid), inode },
    }))
}

/** As these tables have a port. */
export const portDigits = (port: number): string => port.toString(16).padStart(4, '0').toUpperCase()
