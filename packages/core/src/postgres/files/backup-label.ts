import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError } from '../../errors/from-system-error.ts'

/** `START WAL LOCATION: 0/2000028 (file 000000010000000000000002)`: where recovery begins that finds this label. */
export const startLocationOf = (label: string): string | undefined =>
  /^START WAL LOCATION: ([0-9A-F]+\/[0-9A-F]+)/m.exec(label)?.[1]

/** The content of `backup_label`; undefined when there is none. */
export async function readBackupLabel(dataDirectory: string): Promise<string | undefined> {
  return readFile(join(dataDirectory, 'backup_label'), 'utf8').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  })
}
