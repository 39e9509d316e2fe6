import type { Directory } from '../../files/directory.ts'

/** `START WAL LOCATION: 0/2000028 (file 000000010000000000000002)`: where recovery begins that finds this label. */
export const startLocationOf = (label: string): string | undefined =>
  /^START WAL LOCATION: ([0-9A-F]+\/[0-9A-F]+)/m.exec(label)?.[1]

/** The content of `backup_label`; undefined when there is none. */
export const readBackupLabel = (dataDirectory: Directory): string | undefined => dataDirectory.readText('backup_label')
