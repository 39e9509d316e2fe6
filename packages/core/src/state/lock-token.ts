import type { ProcessIdentity } from '../process/process-identity.ts'
import type { WitnessFile } from './witness.ts'

/** Who holds a lock. */
export interface LockToken {
  readonly holder: ProcessIdentity
  /** Of this one time that the lock was taken. */
  readonly id: string
  /** Of the socket at which the holder listens meanwhile; undefined where it couldn't make one. */
  readonly witness: WitnessFile | undefined
}

const kind = 'held'

/** The name of the file that says who holds a lock: unlike its content, a power cut leaves it whole or not at all. */
export function formatToken({ holder, id, witness }: LockToken): string {
  const { machine, hostName, boot, pidNamespace, pid, start, startedAt } = holder
  const seconds = Math.floor(Date.parse(startedAt) / 1_000)
  const file = witness === undefined ? [] : [witness.device, witness.inode]
  const words = [kind, id, machine, hostName, boot, pidNamespace, pid, encodeURIComponent(start), seconds, ...file]
  return words.join(',')
}

/** Undefined when this is not the name of such a file. */
export function parseToken(name: string): LockToken | undefined {
  const [first, id, machine, hostName, boot, pidNamespace, pid, start, seconds, device, inode] = name.split(',')
  if (first !== kind || !id || machine === undefined || hostName === undefined || boot === undefined) return undefined
  if (pidNamespace === undefined || start === undefined || !Number.isInteger(Number(seconds))) return undefined
  const startedAt = new Date(Number(seconds) * 1_000).toISOString()
  const scope = { machine, hostName, boot, pidNamespace }
  return {
    holder: { ...scope, pid: Number(pid), start: decodeURIComponent(start), startedAt },
    id,
    witness: inode === undefined ? undefined : { device: Number(device), inode: Number(inode) },
  }
}
