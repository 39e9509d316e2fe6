import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** `db-b.3f2a`: a name that people know, and what tells two hosts apart whose names begin alike, as long as they weren't copied of each other. */
export const defaultHost = (): string => hostOf(hostname(), machineId())

/** @param machine its id, which several hosts of one image may share, or have none (H99) */
export function hostOf(fullName: string, machine: string): string {
  const name = fullName
    .toLowerCase()
    .replace(/\..*/, '')
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+/, '')
    .slice(0, 16)
  const digits = createHash('sha256').update(['pgfork', machine, fullName].join(' ')).digest('hex').slice(0, 4)
  return `${name || 'host'}.${digits}`
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim()
  } catch {
    return ''
  }
}
