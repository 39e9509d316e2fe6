import { readProc } from '@pgfork/core/companion'

/** Where a server listens, as its network namespace knows it. */
export interface Listener {
  /** Of a process in it. */
  readonly process: number | 'self'
  /** Default: all of its addresses. */
  readonly host?: string | undefined
  readonly port: number
}

/** TCP_LISTEN of the kernel's include/net/tcp_states.h. */
const listening = '0A'

/** Whether somebody listens there, and nobody but this user (proc_pid_net(5)). */
export function listensAt({ process, host, port }: Listener, uid: number): boolean {
  const users = ['tcp', 'tcp6']
    .flatMap((table) => (readProc(`${process}/net/${table}`) ?? '').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === listening && isOf(local, host, port))
    .map((fields) => Number(fields[7]))
  return users.length > 0 && users.every((user) => user === uid)
}

function isOf(local: string, host: string | undefined, port: number): boolean {
  const [address = '', digits = ''] = local.split(':')
  if (Number.parseInt(digits, 16) !== port) return false
  return host === undefined || /^0+$/.test(address) || address.endsWith(hexadecimal(host))
}

/** Of IPv4, as the kernel's tables have it on machines of this kind; also at the end of one that stands for it in IPv6. */
const hexadecimal = (host: string): string =>
  host
    .split('.')
    .reverse()
    .map((part) => Number(part).toString(16).padStart(2, '0').toUpperCase())
    .join('')
