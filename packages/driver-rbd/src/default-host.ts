import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** `db-b.3f2a`: a name that people know, and what tells two hosts apart whose names begin alike, as long as they weren't copied of each other. */
export const defaultHost = (): string => hostOf(hostname(), machineId())

/** What this host was called by default before its name was among what the digits are made of, and its forks of then still are. */
export const earlierDefaultHost = (): string => earlierHostOf(hostname(), machineId())

/**
 * @param hostName up to its first dot, since the same host has it with its domain or without
 * @param machine its id, which several hosts of one image may share, or have none (H99)
 */
export const hostOf = (hostName: string, machine: string): string =>
  withDigits(shortName(hostName), ['pgfork', machine, shortName(hostName)])

export const earlierHostOf = (hostName: string, machine: string): string =>
  withDigits(shortName(hostName), ['pgfork', machine])

const shortName = (hostName: string): string => hostName.toLowerCase().replace(/\..*/, '')

function withDigits(shortName: string, words: readonly string[]): string {
  const name = shortName
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+/, '')
    .slice(0, 16)
  const digits = createHash('sha256').update(words.join(' ')).digest('hex').slice(0, 4)
  return `${name || 'host'}.${digits}`
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim()
  } catch {
    return ''
  }
}
