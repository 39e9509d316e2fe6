import type { ForkSummary } from '@pgfork/core'
import { describeDuration } from './describe-duration.ts'

/** `running`, `stopped` or what keeps it from being used, and what holds for it besides. */
export function describeState({ status, isRunning, place, isProtected, lifetime, expiresAt }: ForkSummary): string {
  const words = [
    status === 'ready' ? (isRunning === undefined ? 'elsewhere' : isRunning ? 'running' : 'stopped') : status,
    ...(place === 'container' ? ['in a container'] : []),
    ...(isProtected ? ['protected'] : []),
    ...(lifetime === 'process' ? ['of a process'] : []),
    ...(expiresAt === undefined ? [] : [describeExpiry(expiresAt)]),
  ]
  return words.join(', ')
}

export const describeAge = (since: Date): string => describeDuration(Math.max(0, Date.now() - since.getTime()))

function describeExpiry(at: Date): string {
  const left = at.getTime() - Date.now()
  return left > 0 ? `expires in ${describeDuration(left)}` : 'expired'
}
