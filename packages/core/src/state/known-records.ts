import type { BigIntStats } from 'node:fs'

/** What a file was when it was read. A record is replaced by another file, so that all of this changes with its content. */
type Version = Pick<BigIntStats, 'ino' | 'ctimeNs' | 'size'>

interface Known extends Version {
  readonly record: unknown
}

/** Longer than a tick of the clock that kernels stamp files by, in which a file could change twice and look the same. */
const settledMs = 100

/**
 * Records of this process's stores, by their paths. Every fork begins with a look at all records, for what ended processes have left: of
 * hundreds of forks, reading and checking each would take longer than making one.
 */
const known = new Map<string, Known>()

/** The record that was read from this very version of a file. */
export function knownRecord(path: string, { ino, ctimeNs, size }: Version): unknown {
  const found = known.get(path)
  return found?.ino === ino && found.ctimeNs === ctimeNs && found.size === size ? found.record : undefined
}

export function rememberRecord(path: string, { ino, ctimeNs, size }: Version, record: unknown): void {
  const isSettled = Date.now() - Number(ctimeNs / 1_000_000n) > settledMs
  if (isSettled) known.set(path, { ino, ctimeNs, size, record: deepFreeze(record) })
}

export const forgetRecord = (path: string): void => void known.delete(path)

/** All who ask get the same object. */
function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const entry of Object.values(value)) deepFreeze(entry)
  return Object.freeze(value)
}
