import { throwIfAborted } from '../../process/throw-if-aborted.ts'
import { Crc32cOf, finishCrc32c, startCrc32c } from '../files/crc32c.ts'
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
  /** Bytes of the whole record, which stand in `buffer` from `start` on; of a large message only its header does. */
  length: number
  buffer: Buffer
  start: number
}

export interface RecordsRequest {
  readonly segments: SegmentFiles
  /** Where a record begins, such as the redo location of a checkpoint. */
  readonly start: number
  /** Records that begin here or later aren't looked at. Default: all that there are. */
  readonly until?: number
  /** Default true. Without it, at least what recovery will read is read. */
  readonly checksums?: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Called with every record in turn; `false` ends the reading behind it. What it finds in a record must lie in it: reading beyond the buffer
 * (a `RangeError`) ends it before that record, which no server wrote like that.
 */
type VisitRecord = (record: WalRecord) => unknown

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
  | 'malformed'

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
/** `RM_LOGICALMSG_ID`: of `pg_logical_emit_message`, by which every role writes a gigabyte at once. */
const messageResourceManager = 21
const resourceManagerOffset = 17
/** No larger record can be written (`XLogRecordMaxSize` of 16 and later, `MaxAllocSize` before). */
const mostRecordBytes = 1024 * 1024 * 1024
/** What is read at once: little first, since there may be little behind the start. */
const firstChunkBytes = 128 * 1024
const chunkBytes = 4 * 1024 * 1024

/** Reads WAL as recovery does: one record after another, each whole, linked to the one before it and with the right checksum. */
export const readRecords = ({ visit, ...request }: RecordsRequest & { visit: VisitRecord }): Promise<WalEnd> =>
  new RecordReader(request).read(visit)

/** Reads records in several goes. Only loading waits for the disk; what is loaded is walked without a pause, at some hundred MB a second. */
export class RecordReader {
  readonly #request: RecordsRequest
  readonly #buffer: Buffer
  readonly #record: WalRecord
  #location: number
  #last: number | undefined
  #records = 0
  #chunkBytes = firstChunkBytes
  #pageBytes = 0
  /** Where the page ends that was looked at last. */
  #pageEnd = 0
  /** What of the WAL the buffer holds. */
  #from = 0
  #to = 0
  /** For records that go over pages. */
  #scratch = Buffer.alloc(64 * 1024)
  /** So many bytes of such a record it has, and the checksum of what it had behind the header before. */
  #gathered = 0
  #gone: number | undefined
  readonly #checksum: Crc32cOf
  #scratchChecksum = new Crc32cOf(this.#scratch)

  constructor(request: RecordsRequest) {
    this.#request = request
    this.#location = request.start
    this.#buffer = Buffer.allocUnsafe(Math.min(chunkBytes, request.segments.segmentBytes))
    this.#checksum = new Crc32cOf(this.#buffer)
    this.#record = {
      ...{ location: 0, end: 0, transaction: 0, resourceManager: 0, info: 0, length: 0, start: 0 },
      buffer: this.#buffer,
    }
  }

  /** Goes on behind the record at which it was stopped. */
  async read(visit: VisitRecord): Promise<WalEnd> {
    const { until = Number.POSITIVE_INFINITY, checksums = true, segments } = this.#request
    if (this.#pageBytes === 0) await this.#findPageBytes()
    const record = this.#record
    const buffer = this.#buffer
    for (;;) {
      if (this.#location >= this.#pageEnd) {
        const refusal = await this.#enterPage()
        if (refusal !== undefined) return this.#end(refusal)
      }
      const location = this.#location
      if (location >= until) return this.#end('until')
      const offset = location - this.#from
      const length = buffer.readUInt32LE(offset)
      if (length < recordHeaderBytes || length > mostRecordBytes) return this.#end('no record')
      record.location = location
      record.length = length
      if (location + length <= this.#pageEnd) {
        record.buffer = buffer
        record.start = offset
        record.end = location + align(length)
      } else {
        const gathered = await this.#gather(location, length)
        if (typeof gathered === 'string') return this.#end(gathered)
        if (gathered.overwrittenAt !== undefined) {
          // A crash cut this record off; the server went on at the next page.
          this.#location = gathered.overwrittenAt
          this.#pageEnd = 0
          continue
        }
        record.buffer = this.#scratch
        record.start = 0
        record.end = Math.ceil(gathered.end / 8) * 8
      }
      const refusal = this.#check(record, checksums)
      if (refusal !== undefined) return this.#end(refusal)
      // The rest of the segment is left empty.
      const isSwitch = record.resourceManager === xlogResourceManager && (record.info & 0xf0) === switchOperation
      if (isSwitch) record.end = Math.ceil(record.end / segments.segmentBytes) * segments.segmentBytes
      const isLast = isVisitedLast(visit, record)
      if (isLast === undefined) return this.#end('malformed')
      this.#last = location
      this.#records++
      this.#location = record.end
      if (isLast) return this.#end('stopped')
    }
  }

  #end(reason: WalEndReason): WalEnd {
    return { location: this.#location, reason, records: this.#records, last: this.#last }
  }

  /** That the record belongs where it stands; it is read on the way. */
  #check(record: WalRecord, checksums: boolean): 'wrong link' | 'wrong checksum' | undefined {
    const { buffer, start, length } = record
    const precedes = buffer.readUInt32LE(start + 12) * 2 ** 32 + buffer.readUInt32LE(start + 8)
    if (this.#last !== undefined && precedes !== this.#last) return 'wrong link'
    if (checksums) {
      const isGathered = buffer === this.#scratch
      const checksum = isGathered ? this.#scratchChecksum : this.#checksum
      const [before, bytes] = isGathered ? [this.#gone, this.#gathered] : [undefined, length]
      let remainder = checksum.extend(before ?? startCrc32c, start + recordHeaderBytes, start + bytes)
      remainder = checksum.extend(remainder, start, start + checksumOffset)
      if (finishCrc32c(remainder) !== buffer.readUInt32LE(start + checksumOffset)) return 'wrong checksum'
    }
    record.transaction = buffer.readUInt32LE(start + 4)
    record.info = buffer[start + 16] as number
    record.resourceManager = buffer[start + 17] as number
    return undefined
  }

  /** The first page of every segment tells it. */
  async #findPageBytes(): Promise<void> {
    const { start, segments } = this.#request
    this.#pageBytes = usualPageBytes
    await this.#load(start - (start % segments.segmentBytes), usualPageBytes)
    if (this.#to - this.#from >= longPageHeaderBytes) this.#pageBytes = readPageBytes(this.#buffer, 0) ?? usualPageBytes
  }

  /** Looks at the page around the location, which goes on behind its header. */
  async #enterPage(): Promise<'no segment' | 'other page' | undefined> {
    const page = this.#location - (this.#location % this.#pageBytes)
    const header = this.#headerAt(page) ?? (await this.#loadPage(page))
    if (typeof header === 'string') return header
    this.#pageEnd = page + this.#pageBytes
    this.#location = Math.max(this.#location, page + header)
    return undefined
  }

  /** Length of a page's header; undefined where it isn't loaded. */
  #headerAt(page: number): number | 'other page' | undefined {
    if (page < this.#from || page + this.#pageBytes > this.#to) return undefined
    const offset = page - this.#from
    const buffer = this.#buffer
    if (pageLocation(buffer, offset) !== page) return 'other page'
    return isLongPage(buffer, offset) ? longPageHeaderBytes : shortPageHeaderBytes
  }

  async #loadPage(page: number): Promise<number | 'no segment' | 'other page'> {
    throwIfAborted(this.#request.signal)
    await this.#load(page, this.#chunkBytes)
    this.#chunkBytes = Math.min(this.#chunkBytes * 4, chunkBytes)
    return this.#headerAt(page) ?? 'no segment'
  }

  async #load(page: number, bytes: number): Promise<void> {
    this.#from = page
    this.#to = page + (await this.#request.segments.read(page, this.#buffer.subarray(0, bytes)))
  }

  #growScratch(bytes: number): void {
    this.#scratch = Buffer.concat([this.#scratch], bytes)
    this.#scratchChecksum = new Crc32cOf(this.#scratch)
  }

  /** A message is only proved by its checksum, part by part: nobody reads it, and memory isn't its author's to take (H106). */
  #letGoOfMessage(): void {
    this.#gone = this.#scratchChecksum.extend(this.#gone ?? startCrc32c, recordHeaderBytes, this.#gathered)
    this.#gathered = recordHeaderBytes
  }

  #isMessage(): boolean {
    return this.#gathered >= recordHeaderBytes && this.#scratch[resourceManagerOffset] === messageResourceManager
  }

  /** Puts a record that goes over pages together. */
  async #gather(
    location: number,
    length: number,
  ): Promise<{ readonly end: number; readonly overwrittenAt?: number } | 'cut off' | 'no segment' | 'other page'> {
    if (this.#scratch.length < length && length <= 1024 * 1024) this.#growScratch(length)
    this.#gathered = 0
    this.#gone = undefined
    let at = location
    let left = length
    for (;;) {
      const here = Math.min(left, this.#pageEnd - at)
      // A length that is none must not take memory: it grows with what is there.
      if (this.#scratch.length < this.#gathered + here) {
        if (this.#isMessage()) this.#letGoOfMessage()
        else this.#growScratch(Math.min(length, 2 * (this.#gathered + here)))
      }
      this.#buffer.copy(this.#scratch, this.#gathered, at - this.#from, at - this.#from + here)
      this.#gathered += here
      left -= here
      at += here
      if (left === 0) return { end: at }
      const header = this.#headerAt(at) ?? (await this.#loadPage(at))
      if (typeof header === 'string') return header === 'other page' ? 'cut off' : header
      const offset = at - this.#from
      const info = this.#buffer.readUInt16LE(offset + 2)
      if ((info & pageFlags.overwritesContinued) !== 0) return { end: at, overwrittenAt: at }
      if ((info & pageFlags.continues) === 0 || this.#buffer.readUInt32LE(offset + 16) !== left) return 'cut off'
      this.#pageEnd = at + this.#pageBytes
      at += header
    }
  }
}

/** Undefined where the record isn't what it says. */
function isVisitedLast(visit: VisitRecord, record: WalRecord): boolean | undefined {
  try {
    return visit(record) === false
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Records begin at multiples of 8. */
const align = (bytes: number): number => (bytes + 7) & ~7
