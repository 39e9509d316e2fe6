import { throwIfAborted } from '../../process/throw-if-aborted.ts'
import {
  isLongPage,
  longPageHeaderBytes,
  pageLocation,
  readPageBytes,
  shortPageHeaderBytes,
  usualPageBytes,
} from './page-header.ts'
import type { SegmentFiles } from './segment-files.ts'

/** What is read at once: little first, since there may be little behind the start. More takes longer: 4 MB that are in no memory yet twice as long. */
const firstChunkBytes = 128 * 1024
const mostChunkBytes = 512 * 1024

/** The pages of WAL, of which a piece lies in memory at a time. */
export class WalPages {
  /** What it holds begins at `from`. */
  readonly buffer: Buffer
  from = 0
  /** Where the page ends that is read at present. */
  end = 0
  readonly #segments: SegmentFiles
  readonly #signal: AbortSignal | undefined
  #to = 0
  #chunkBytes = firstChunkBytes
  #pageBytes = 0
  /** What follows; no bytes where it couldn't be read, as whoever needs it will see. */
  #ahead: { readonly page: number; readonly buffer: Buffer; readonly bytes: Promise<number> } | undefined

  constructor(segments: SegmentFiles, signal: AbortSignal | undefined) {
    this.#segments = segments
    this.#signal = signal
    this.buffer = Buffer.allocUnsafe(Math.min(mostChunkBytes, segments.segmentBytes))
  }

  /** Goes to the page around a location. @returns where it goes on, behind the page's header */
  async enter(location: number): Promise<number | 'no segment' | 'other page'> {
    if (this.#pageBytes === 0) await this.#findPageBytes(location)
    const page = location - (location % this.#pageBytes)
    const header = await this.headerOf(page)
    if (typeof header === 'string') return header
    this.end = page + this.#pageBytes
    return Math.max(location, page + header)
  }

  /** Goes on to the next page, whose header has been looked at. */
  next(): void {
    this.end += this.#pageBytes
  }

  /** Length of a page's header, which is in the buffer then. */
  async headerOf(page: number): Promise<number | 'no segment' | 'other page'> {
    return this.#headerAt(page) ?? (await this.#loadPage(page))
  }

  /** Undefined where the page isn't loaded. */
  #headerAt(page: number): number | 'other page' | undefined {
    if (page < this.from || page + this.#pageBytes > this.#to) return undefined
    const offset = page - this.from
    if (pageLocation(this.buffer, offset) !== page) return 'other page'
    return isLongPage(this.buffer, offset) ? longPageHeaderBytes : shortPageHeaderBytes
  }

  async #loadPage(page: number): Promise<number | 'no segment' | 'other page'> {
    throwIfAborted(this.#signal)
    await this.#load(page, this.#chunkBytes)
    this.#chunkBytes = Math.min(this.#chunkBytes * 4, mostChunkBytes)
    return this.#headerAt(page) ?? 'no segment'
  }

  /** The first page of every segment tells it. */
  async #findPageBytes(location: number): Promise<void> {
    this.#pageBytes = usualPageBytes
    await this.#load(location - (location % this.#segments.segmentBytes), usualPageBytes)
    if (this.#to - this.from >= longPageHeaderBytes) this.#pageBytes = readPageBytes(this.buffer, 0) ?? usualPageBytes
  }

  async #load(page: number, bytes: number): Promise<void> {
    const ahead = this.#ahead
    this.#ahead = undefined
    const known = ahead?.page === page ? await ahead.bytes : 0
    if (ahead !== undefined && known > 0) ahead.buffer.copy(this.buffer, 0, 0, known)
    const read = known > 0 ? known : await this.#segments.read(page, this.buffer.subarray(0, bytes))
    this.from = page
    this.#to = page + read
    if (ahead !== undefined || bytes > firstChunkBytes) this.#readAhead(ahead?.buffer)
  }

  /** The rest of the segment is read while what is there is looked at: files that were just copied are in no memory yet. */
  #readAhead(spare?: Buffer): void {
    const left = this.#segments.segmentBytes - (this.#to % this.#segments.segmentBytes)
    if (this.#to === this.from || left === this.#segments.segmentBytes) return
    const buffer = spare ?? Buffer.allocUnsafe(this.buffer.length)
    const bytes = this.#segments.read(this.#to, buffer.subarray(0, left)).catch(() => 0)
    this.#ahead = { page: this.#to, buffer, bytes }
  }
}
