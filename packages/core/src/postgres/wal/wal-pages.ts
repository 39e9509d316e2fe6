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

/** What is read at once: little first, since there may be little behind the start. */
const firstChunkBytes = 128 * 1024
const mostChunkBytes = 4 * 1024 * 1024

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
    this.from = page
    this.#to = page + (await this.#segments.read(page, this.buffer.subarray(0, bytes)))
  }
}
