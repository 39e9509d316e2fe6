import { type WalPage, WalPages, type WalPagesOptions } from './wal-pages.ts'

export interface WalRecord {
  readonly location: number
  /** The record with its header, as far as the bound goes. */
  readonly content: Buffer
}

export interface FindRecordRequest extends WalPagesOptions {
  /** Where a record begins, such as the redo location of a checkpoint. */
  readonly start: number
  /** By `RmgrId` (rmgrlist.h), the part of the server that wrote it, and what it does, as that counts. */
  isWanted(resourceManager: number, operation: number): boolean
}

/** `XLogRecord` (xlogrecord.h), the same from 10 to 18. */
const recordHeaderBytes = 24
const mostContentBytes = 2048
const xlogResourceManager = 0
const switchOperation = 0x40

/**
 * Looks at the WAL as recovery will: one record after another, up to the first that isn't whole or doesn't follow on the one
 * before it. The records' checksums aren't compared, so that this sees at least what recovery will.
 *
 * @returns the first wanted record
 */
export async function findRecord(request: FindRecordRequest): Promise<WalRecord | undefined> {
  const { start, segmentBytes, isWanted } = request
  await using pages = await WalPages.open(request, start)
  const { pageBytes } = pages
  let page = await pages.page(start - (start % pageBytes))
  let inPage = start % pageBytes
  let previous: number | undefined
  while (page !== undefined) {
    inPage = Math.max(inPage, page.headerBytes)
    const location = page.location + inPage
    const record = await readRecord(pages, page, inPage)
    if (record === undefined) return undefined
    const { header } = record
    if (header !== undefined) {
      const precedes = header.readUInt32LE(12) * 2 ** 32 + header.readUInt32LE(8)
      if (previous !== undefined && precedes !== previous) return undefined
      previous = location
      const [operation, resourceManager] = [header.readUInt8(16) & 0xf0, header.readUInt8(17)]
      if (isWanted(resourceManager, operation)) return { location, content: header }
      if (resourceManager === xlogResourceManager && operation === switchOperation) {
        // The rest of the segment is left empty.
        page = await pages.page(Math.ceil(record.end / segmentBytes) * segmentBytes)
        inPage = 0
        continue
      }
    }
    inPage = record.end - record.page.location
    page = inPage < pageBytes ? record.page : await pages.page(record.end)
    if (inPage >= pageBytes) inPage = 0
  }
  return undefined
}

interface ReadRecord {
  /** Header and content; undefined for a record that a crash cut off, after which the server went on at `end`. */
  readonly header: Buffer | undefined
  /** The page in or right behind which the next record begins. */
  readonly page: WalPage
  readonly end: number
}

async function readRecord(pages: WalPages, first: WalPage, start: number): Promise<ReadRecord | undefined> {
  const { pageBytes } = pages
  const length = first.content.readUInt32LE(start)
  if (length < recordHeaderBytes) return undefined
  const parts: Buffer[] = []
  let [page, inPage, left, gathered] = [first, start, length, 0]
  for (;;) {
    const here = Math.min(left, pageBytes - inPage)
    const wanted = Math.min(here, mostContentBytes - gathered)
    if (wanted > 0) parts.push(page.content.subarray(inPage, inPage + wanted))
    gathered += wanted
    left -= here
    if (left === 0) {
      const [only] = parts
      const header = parts.length === 1 ? only : Buffer.concat(parts)
      return { header, page, end: page.location + align(inPage + here) }
    }
    const next = await pages.page(page.location + pageBytes)
    if (next === undefined) return undefined
    if (next.overwritesContinued) return { header: undefined, page: next, end: next.location }
    if (!next.continues || next.remainingBytes !== left) return undefined
    page = next
    inPage = next.headerBytes
  }
}

/** Records begin at multiples of 8. */
const align = (bytes: number): number => Math.ceil(bytes / 8) * 8
