import { currentScope } from '../process/process-scope.ts'
import type { ForkRecord } from './fork-record.ts'

/**
 * Whether a crash may have taken what a fork's server wrote, since a throwaway one flushes nothing (H140). Whether the machine crashed or was
 * shut down can't be told, nor which of its files had been written by then.
 */
export function mayLackWrites({ durability, server, outlivedBoot }: ForkRecord): boolean {
  const boot = server?.process?.boot ?? server?.container?.boot
  const isOfOtherBoot = boot !== undefined && boot !== currentScope().boot
  return durability === 'throwaway' && (outlivedBoot === true || isOfOtherBoot)
}

/** @param what it was that flushed nothing, and why */
export const lackWarning = (what: string): string =>
  `${what}, and the machine has been started since. If that was after a crash, commits are ` +
  'missing in it, and it may be damaged in ways that no query shows: make a new one.'
