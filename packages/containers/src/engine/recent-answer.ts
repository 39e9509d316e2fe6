import { statSync } from 'node:fs'

/** No engine is stopped, and another one started in its place, in less. */
const trustedMs = 2_000

interface Answer {
  readonly id: string
  readonly socket: string
  readonly atMs: number
}

const answers = new Map<string, Answer>()

/** Which engine answered at an address of this machine: making a fork asks that when it looks at its source, and would again right before the start. */
export function noteAnswer(address: string, id: string): void {
  const socket = socketAt(address)
  if (socket === undefined) answers.delete(address)
  else answers.set(address, { id, socket, atMs: performance.now() })
}

/** Undefined where it is to be asked again: after a while, or when its socket is another one. */
export function recentAnswer(address: string): string | undefined {
  const answer = answers.get(address)
  const isRecent = answer !== undefined && performance.now() - answer.atMs < trustedMs
  return isRecent && answer.socket === socketAt(address) ? answer.id : undefined
}

function socketAt(address: string): string | undefined {
  const stats = statSync(address.replace(/^unix:\/\//, ''), { bigint: true, throwIfNoEntry: false })
  return stats?.isSocket() ? `${stats.dev}:${stats.ino}:${stats.ctimeNs}` : undefined
}
