import { constants } from 'node:fs'
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { FinishedBackup } from './base-backup.ts'

export interface CopyWalRequest {
  readonly walDirectory: string
  readonly backup: FinishedBackup
  readonly segmentBytes: number
  readonly target: string
}

/**
 * Copies the WAL between start and stop of a backup out of the running source's `pg_wal`, and the history of its timelines.
 * Nothing needed can be missing, since a slot holds it; should it be, the backup is worthless and says so.
 *
 * @throws PgforkError `SOURCE_LOST`
 */
export async function copyWal({ walDirectory, backup, segmentBytes, target }: CopyWalRequest): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 })
  const first = segmentNumber(startLocation(backup.label), segmentBytes)
  const last = segmentNumber(backup.stopLocation, segmentBytes)
  const names = await readdir(walDirectory)
  const segments = names.filter((name) => {
    const number = segmentNumberOf(name, segmentBytes)
    return number !== undefined && number >= first && number <= last
  })
  const found = new Set(segments.map((name) => segmentNumberOf(name, segmentBytes)))
  for (let number = first; number <= last; number++)
    if (!found.has(number))
      throw new PgforkError('SOURCE_LOST', `The source has recycled WAL segment ${number}, which the backup needs.`, {
        hazard: 'H4',
        facts: { walDirectory, first: Number(first), last: Number(last) },
      })
  const histories = names.filter((name) => name.endsWith('.history'))
  for (const name of [...segments, ...histories])
    await copyFile(join(walDirectory, name), join(target, name), constants.COPYFILE_FICLONE)
}

/** `START WAL LOCATION: 0/2000028 (file 000000010000000000000002)` */
function startLocation(label: string): string {
  const location = /^START WAL LOCATION: ([0-9A-F]+\/[0-9A-F]+)/m.exec(label)?.[1]
  if (location === undefined) throw new PgforkError('SOURCE_LOST', `The source's backup label names no start: ${label}`)
  return location
}

function segmentNumber(location: string, segmentBytes: number): bigint {
  const [high, low] = location.split('/')
  return ((BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)) / BigInt(segmentBytes)
}

/** The number of a segment file: eight digits each of timeline, high and low part, of which `2^32 / segmentBytes` make one high. */
function segmentNumberOf(name: string, segmentBytes: number): bigint | undefined {
  const [, high, low] = /^[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})$/.exec(name) ?? []
  if (high === undefined || low === undefined) return undefined
  return BigInt(`0x${high}`) * (0x1_0000_0000n / BigInt(segmentBytes)) + BigInt(`0x${low}`)
}
