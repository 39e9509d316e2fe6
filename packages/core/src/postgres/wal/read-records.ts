import { Crc32cOf, finishCrc32c, startCrc32c } from '../files/crc32c.ts'
import { LongRecord } from './long-record.ts'
import type { SegmentFiles } from './segment-files.ts'
import { WalPages } from './wal-pages.ts'
import { mostRecordBytes, recordHeaderBytes, type WalRecord } from './wal-record.ts'

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

/** Of a record's checksum, which covers what follows the header and then the header up to here. */
const checksumOffset = 20
const xlogResourceManager = 0
const switchOperation = 0x40

/** Reads WAL as recovery does: one record after another, each whole, linked to the one before it and with the right checksum. */
export const readRecords = ({ visit, ...request }: RecordsRequest & { visit: VisitRecord }): Promise<WalEnd> =>
  new RecordReader(request).read(visit)

/** Reads records in several goes. Only loading waits for the disk; what is loaded is walked without a pause, at some hundred MB a second. */
export class RecordReader {
  readonly #request: RecordsRequest
  readonly #pages: WalPages
  readonly #long: LongRecord
  readonly #record: WalRecord
  readonly #checksum: Crc32cOf
  #location: number
  #last: number | undefined
  #records = 0

  constructor(request: RecordsRequest) {
    this.#request = request
    this.#location = request.start
    this.#pages = new WalPages(request.segments, request.signal)
    this.#long = new LongRecord(this.#pages)
    const { buffer } = this.#pages
    this.#checksum = new Crc32cOf(buffer)
    this.#record = { location: 0, end: 0, transaction: 0, resourceManager: 0, info: 0, length: 0, buffer, start: 0 }
  }

  /** Goes on behind the record at which it was stopped. */
  async read(visit: VisitRecord): Promise<WalEnd> {
    const { until = Number.POSITIVE_INFINITY, checksums = true, segments } = this.#request
    const record = this.#record
    const pages = this.#pages
    const { buffer } = pages
    for (;;) {
      if (this.#location >= pages.end) {
        const entered = await pages.enter(this.#location)
        if (typeof entered === 'string') return this.#end(entered)
        this.#location = entered
      }
      const location = this.#location
      if (location >= until) return this.#end('until')
      const offset = location - pages.from
      const length = buffer.readUInt32LE(offset)
      if (length < recordHeaderBytes || length > mostRecordBytes) return this.#end('no record')
      record.location = location
      record.length = length
      const isLong = location + length > pages.end
      if (isLong) {
        const gathered = await this.#long.gather(location, length)
        if (typeof gathered === 'string') return this.#end(gathered)
        if (gathered.isOverwritten) {
          this.#location = gathered.end
          pages.end = 0
          continue
        }
        record.buffer = this.#long.buffer
        record.start = 0
        record.end = Math.ceil(gathered.end / 8) * 8
      } else {
        record.buffer = buffer
        record.start = offset
        record.end = location + align(length)
      }
      const refusal = this.#check(record, isLong, checksums)
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
  #check(record: WalRecord, isLong: boolean, checksums: boolean): 'wrong link' | 'wrong checksum' | undefined {
    const { buffer, start, length } = record
    const precedes = buffer.readUInt32LE(start + 12) * 2 ** 32 + buffer.readUInt32LE(start + 8)
    if (this.#last !== undefined && precedes !== this.#last) return 'wrong link'
    if (checksums) {
      const checksum = isLong ? this.#long.checksum : this.#checksum
      const before = isLong ? this.#long.gone : startCrc32c
      const bytes = isLong ? this.#long.bytes : length
      let remainder = checksum.extend(before, start + recordHeaderBytes, start + bytes)
      remainder = checksum.extend(remainder, start, start + checksumOffset)
      if (finishCrc32c(remainder) !== buffer.readUInt32LE(start + checksumOffset)) return 'wrong checksum'
    }
    record.transaction = buffer.readUInt32LE(start + 4)
    record.info = buffer[start + 16] as number
    record.resourceManager = buffer[start + 17] as number
    return undefined
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
