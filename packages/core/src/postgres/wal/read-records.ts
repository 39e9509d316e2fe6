import { throwIfAborted } from '../../process/throw-if-aborted.ts'
import { extendCrc32c, finishCrc32c, startCrc32c } from '../files/crc32c.ts'
import {
  isLongPage,
  longPageHeaderBytes,
  pageFlags,
  pageLocation,
  readPageBytes,
  shortPageHeaderBytes,
  usualPageBytes,
} from './page-header.ts'
import type { SegmentFiles } from './segment-files.ts'

/**
 * A record of WAL (`XLogRecord` in xlogrecord.h, the same from 10 to 18). One object serves all records of a reading: what shall last
 * longer than the call that it was given to is copied.
 */
export interface WalRecord {
  /** Where it begins. */
  location: number
  /** Where the next one begins. */
  end: number
  /** Its 32 bits of the transaction's number; 0 where it belongs to none. */
  transaction: number
  /** `RmgrId` (rmgrlist.h). */
  resourceManager: number
  /** What it does, as that part of the server counts, and flags. */
  info: number
  /** Bytes of the whole record, which stand in `buffer` from `start` on. */
  length: number
  buffer: Buffer
  start: number
}

export interface ReadRecordsRequest {
  readonly segments: SegmentFiles
  /** Where a record begins, such as the redo location of a checkpoint. */
  readonly start: number
  /** Records that begin here or later aren't looked at. Default: all that there are. */
  readonly until?: number
  /** Default true. Without it, at least what recovery will read is read. */
  readonly checksums?: boolean
  readonly signal?: AbortSignal | undefined
  /** Called with every record in turn; `false` ends the reading behind it. */
  visit(record: WalRecord): unknown
}

/** Why no further record follows. */
type WalEndReason =
  | 'until'
  | 'stopped'
  | 'no segment'
  | 'other page'
  | 'no record'
  | 'cut off'
  | 'wrong link'
  | 'wrong checksum'

export interface WalEnd {
  /** Behind the last whole record. */
  readonly location: number
  readonly reason: WalEndReason
  readonly records: number
  /** Where the last whole record begins. */
  readonly last: number | undefined
}

const recordHeaderBytes = 24
/** Of a record's checksum, which covers what follows the header and then the header up to here. */
const checksumOffset = 20
const xlogResourceManager = 0
const switchOperation = 0x40
/** No larger record can be written (`XLogRecordMaxSize` of 16 and later, `MaxAllocSize` before). */
const mostRecordBytes = 1024 * 1024 * 1024
/** What is read at once: little first, since there may be little behind the start. */
const firstChunkBytes = 128 * 1024
const chunkBytes = 4 * 1024 * 1024

/**
 * Reads WAL as recovery does: one record after another, each whole, linked to the one before it and with the right checksum.
 * Only loading waits for the disk; what is loaded is walked without a pause, at some hundred MB a second.
 */
export async function readRecords(request: ReadRecordsRequest): Promise<WalEnd> {
  return new Reader(request).read()
}

class Reader {
  readonly #request: ReadRecordsRequest
  readonly #buffer: Buffer
  #chunkBytes = firstChunkBytes
  #pageBytes = usualPageBytes
  /** What of the WAL the buffer holds. */
  #from = 0
  #to = 0
  #scratch = Buffer.alloc(64 * 1024)

  constructor(request: ReadRecordsRequest) {
    this.#request = request
    this.#buffer = Buffer.allocUnsafe(Math.min(chunkBytes, request.segments.segmentBytes))
  }

  async read(): Promise<WalEnd> {
    const { start, until = Number.POSITIVE_INFINITY, checksums = true, segments, visit } = this.#request
    const record: WalRecord = {
      ...{ location: 0, end: 0, transaction: 0, resourceManager: 0, info: 0, length: 0, start: 0 },
      buffer: this.#buffer,
    }
    let location = start
    let last: number | undefined
    let records = 0
    const end = (reason: WalEndReason): WalEnd => ({ location, reason, records, last })
    await this.#load(start - (start % segments.segmentBytes), this.#pageBytes)
    if (this.#to - this.#from >= longPageHeaderBytes) this.#pageBytes = readPageBytes(this.#buffer, 0) ?? usualPageBytes
    for (;;) {
      const found = this.#pageAt(location) ?? (await this.#loadPage(location))
      if (typeof found === 'string') return end(found)
      if (location % this.#pageBytes < found) location += found - (location % this.#pageBytes)
      if (location >= until) return end('until')
      const offset = location - this.#from
      const length = this.#buffer.readUInt32LE(offset)
      if (length < recordHeaderBytes || length > mostRecordBytes) return end('no record')
      const pageEnd = location - (location % this.#pageBytes) + this.#pageBytes
      record.location = location
      record.length = length
      if (location + length <= pageEnd) {
        record.buffer = this.#buffer
        record.start = offset
        record.end = align(location + length)
      } else {
        const gathered = await this.#gather(location, length)
        if (typeof gathered === 'string') return end(gathered)
        if (gathered.overwrittenAt !== undefined) {
          // A crash cut this record off; the server went on at the next page.
          location = gathered.overwrittenAt
          continue
        }
        record.buffer = this.#scratch
        record.start = 0
        record.end = align(gathered.end)
      }
      const { buffer, start: at } = record
      const precedes = buffer.readUInt32LE(at + 12) * 2 ** 32 + buffer.readUInt32LE(at + 8)
      if (last !== undefined && precedes !== last) return end('wrong link')
      if (checksums && !hasRightChecksum(buffer, at, length)) return end('wrong checksum')
      record.transaction = buffer.readUInt32LE(at + 4)
      record.info = buffer[at + 16] as number
      record.resourceManager = buffer[at + 17] as number
      last = location
      records++
      // The rest of the segment is left empty.
      const isSwitch = record.resourceManager === xlogResourceManager && (record.info & 0xf0) === switchOperation
      if (isSwitch) record.end = Math.ceil(record.end / segments.segmentBytes) * segments.segmentBytes
      location = record.end
      if (visit(record) === false) return end('stopped')
    }
  }

  /** Length of the header of the page around a location; undefined where it isn't loaded. */
  #pageAt(location: number): number | 'other page' | undefined {
    const page = location - (location % this.#pageBytes)
    if (page < this.#from || page + this.#pageBytes > this.#to) return undefined
    const offset = page - this.#from
    const buffer = this.#buffer
    if (pageLocation(buffer, offset) !== page) return 'other page'
    return isLongPage(buffer, offset) ? longPageHeaderBytes : shortPageHeaderBytes
  }

  async #loadPage(location: number): Promise<number | 'no segment' | 'other page'> {
    throwIfAborted(this.#request.signal)
    await this.#load(location - (location % this.#pageBytes), this.#chunkBytes)
    this.#chunkBytes = Math.min(this.#chunkBytes * 4, chunkBytes)
    return this.#pageAt(location) ?? 'no segment'
  }

  async #load(page: number, bytes: number): Promise<void> {
    this.#from = page
    this.#to = page + (await this.#request.segments.read(page, this.#buffer.subarray(0, bytes)))
  }

  /** Puts a record that goes over pages together. */
  async #gather(
    location: number,
    length: number,
  ): Promise<{ readonly end: number; readonly overwrittenAt?: number } | 'cut off' | 'no segment' | 'other page'> {
    if (this.#scratch.length < length && length <= 1024 * 1024) this.#scratch = Buffer.alloc(length)
    let at = location
    let left = length
    for (;;) {
      const here = Math.min(left, this.#pageBytes - (at % this.#pageBytes))
      // A length that is none must not take memory: it grows with what is there.
      if (this.#scratch.length < length - left + here)
        this.#scratch = Buffer.concat([this.#scratch], Math.min(length, 2 * (length - left + here)))
      this.#buffer.copy(this.#scratch, length - left, at - this.#from, at - this.#from + here)
      left -= here
      at += here
      if (left === 0) return { end: at }
      const header = this.#pageAt(at) ?? (await this.#loadPage(at))
      if (typeof header === 'string') return header === 'other page' ? 'cut off' : header
      const offset = at - this.#from
      const info = this.#buffer.readUInt16LE(offset + 2)
      if ((info & pageFlags.overwritesContinued) !== 0) return { end: at, overwrittenAt: at }
      if ((info & pageFlags.continues) === 0 || this.#buffer.readUInt32LE(offset + 16) !== left) return 'cut off'
      at += header
    }
  }
}

function hasRightChecksum(buffer: Buffer, start: number, length: number): boolean {
  let remainder = extendCrc32c(startCrc32c, buffer, start + recordHeaderBytes, start + length)
  remainder = extendCrc32c(remainder, buffer, start, start + checksumOffset)
  return finishCrc32c(remainder) === buffer.readUInt32LE(start + checksumOffset)
}

/** Records begin at multiples of 8. */
const align = (bytes: number): number => Math.ceil(bytes / 8) * 8
