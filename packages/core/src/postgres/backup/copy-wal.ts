import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { copyOutOf } from '../../files/copy-file.ts'
import type { Directory } from '../../files/directory.ts'
import { startLocationOf } from '../files/backup-label.ts'
import { linkRefused } from '../files/link-refused.ts'
import { parseLocation, parseSegmentName } from '../files/location.ts'
import { mostHistoryBytes } from '../files/timeline-history.ts'
import type { FinishedBackup } from './base-backup.ts'

export interface CopyWalRequest {
  readonly wal: Directory
  readonly backup: FinishedBackup
  readonly segmentBytes: number
  readonly target: string
  /** Asked before anything is copied; it throws where there is no room for so much. */
  admit(bytes: number): Promise<void>
}

/**
 * Copies the WAL between start and stop of a backup out of the running source's `pg_wal`, and the history of its timelines.
 * Nothing needed can be missing, since a slot holds it; should it be, the backup is worthless and says so.
 *
 * @throws PgforkError `SOURCE_LOST`
 */
export async function copyWal(request: CopyWalRequest): Promise<void> {
  const { wal, backup, segmentBytes, target } = request
  await mkdir(target, { recursive: true, mode: 0o700 })
  const start = startLocationOf(backup.label)
  if (start === undefined)
    throw new PgforkError('SOURCE_LOST', `The source's backup label has no start location: ${backup.label}`)
  const first = Math.floor(parseLocation(start) / segmentBytes)
  // The stop is the first byte that isn't needed. A standby's is often the end of a segment after which there is none yet.
  const last = Math.floor((parseLocation(backup.stopLocation) - 1) / segmentBytes)
  const names = wal.names()
  const numberOf = (name: string): number => parseSegmentName(name, segmentBytes)?.number ?? -1
  const segments = names.filter((name) => numberOf(name) >= first && numberOf(name) <= last)
  const found = new Set(segments.map(numberOf))
  for (let number = first; number <= last; number++)
    if (!found.has(number))
      throw new PgforkError('SOURCE_LOST', `The source has recycled WAL segment ${number}, which the backup needs.`, {
        hazard: 'H4',
        facts: { walDirectory: wal.path, first, last },
      })
  // Whatever else has such an ending may lead anywhere (H63).
  const histories = names.filter((name) => /^[0-9A-F]{8}\.history$/.test(name))
  await request.admit(segments.length * segmentBytes + histories.length * mostHistoryBytes)
  const copy = async (name: string, mostBytes: number): Promise<void> => {
    if (wal.isLink(name)) throw linkRefused(join('pg_wal', name), 'H66')
    await copyOutOf(wal, name, join(target, name), mostBytes)
  }
  for (const name of segments) await copy(name, segmentBytes)
  for (const name of histories) await copy(name, mostHistoryBytes)
}
