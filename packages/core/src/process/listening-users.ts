import { readProc } from './proc.ts'

/** Where somebody listens, as a network namespace knows it. */
export interface Listener {
  /** Of a process in it. */
  readonly process: number | 'self'
  /** Default: all of its addresses. */
  readonly host?: string | undefined
  readonly port: number
}

/** TCP_LISTEN of the kernel's include/net/tcp_states.h. */
const listening = '0A'

/** The users whose processes listen there (proc_pid_net(5)); undefined where the system doesn't tell, as elsewhere than on Linux. */
export function listeningUsers({ process, host, port }: Listener): number[] | undefined {
  const tables = ['tcp', 'tcp6']
    .map((name) => readProc(`${process}/net/${name}`))
    .filter((table) => table !== undefined)
  if (tables.length === 0) return undefined
  return tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === listening && isOf(local, host, port))
    .map((fields) => Number(fields[7]))
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
