import type { FileHandle } from 'node:fs/promises'
import type { Directory } from '../../files/directory.ts'
import { parseSegmentName } from './location.ts'

export interface WalPagesOptions {
  readonly wal: Directory
  readonly segmentBytes: number
  /** Where several timelines have a segment of one number, the highest one's is read, but none above this. */
  readonly newestTimeline: number
}

/** `XLogPageHeaderData` and `XLogLongPageHeaderData` (xlog_internal.h), the same from 10 to 18. */
const shortHeaderBytes = 24
const longHeaderBytes = 40
const flags = { continues: 1, isLong: 2, overwritesContinued: 8 } as const

/** One page of WAL, whose header says that it is the right one. */
export interface WalPage {
  readonly location: number
  readonly content: Buffer
  readonly headerBytes: number
  /** It begins with the rest of a record from the page before. */
  readonly continues: boolean
  /** How much of that record is left. */
  readonly remainingBytes: number
  /** The record that the page before began was cut off by a crash of the server, which went on here. */
  readonly overwritesContinued: boolean
}

/** The smallest segment. 126 MB of WAL take 0.2 s of processor time. */
const chunkBytes = 1024 * 1024

interface Chunk {
  readonly location: number
  readonly content: Buffer
}

/** Reads the WAL of a directory page by page, a chunk at a time. Disposing of it closes its file. */
export class WalPages implements AsyncDisposable {
  /** XLOG_BLCKSZ, which a build of PostgreSQL may choose; the first page of every segment tells it. */
  pageBytes = 8192
  readonly #options: WalPagesOptions
  /** File names by segment number. */
  readonly #segments: ReadonlyMap<number, string>
  #file: { readonly number: number; readonly handle: FileHandle } | undefined
  #chunk: Chunk = { location: 0, content: Buffer.alloc(0) }

  private constructor(options: WalPagesOptions, segments: ReadonlyMap<number, string>) {
    this.#options = options
    this.#segments = segments
  }

  /** For reading from `start` on. */
  static async open(options: WalPagesOptions, start: number): Promise<WalPages> {
    const pages = new WalPages(options, listSegments(options))
    await pages.page(start - (start % options.segmentBytes))
    return pages
  }

  /** The page that begins at this location; undefined where the WAL ends. */
  async page(location: number): Promise<WalPage | undefined> {
    const chunk = isWithin(location, this.#chunk) ? this.#chunk : await this.#read(location)
    if (chunk === undefined) return undefined
    const content = chunk.content.subarray(location - chunk.location, location - chunk.location + this.pageBytes)
    if (content.length < longHeaderBytes) return undefined
    const address = content.readUInt32LE(12) * 2 ** 32 + content.readUInt32LE(8)
    if (address !== location) return undefined
    const info = content.readUInt16LE(2)
    const isLong = (info & flags.isLong) !== 0
    if (isLong) this.pageBytes = content.readUInt32LE(36)
    return {
      location,
      content,
      headerBytes: isLong ? longHeaderBytes : shortHeaderBytes,
      continues: (info & flags.continues) !== 0,
      remainingBytes: content.readUInt32LE(16),
      overwritesContinued: (info & flags.overwritesContinued) !== 0,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.handle.close()
  }

  async #read(location: number): Promise<Chunk | undefined> {
    const { segmentBytes } = this.#options
    const number = Math.floor(location / segmentBytes)
    const handle = await this.#open(number)
    if (handle === undefined) return undefined
    const start = location - (location % chunkBytes)
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, segmentBytes))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start - number * segmentBytes)
    const chunk = { location: start, content: buffer.subarray(0, bytesRead) }
    this.#chunk = chunk
    return isWithin(location, chunk) ? chunk : undefined
  }

  async #open(number: number): Promise<FileHandle | undefined> {
    if (this.#file?.number === number) return this.#file.handle
    await this[Symbol.asyncDispose]()
    const name = this.#segments.get(number)
    if (name === undefined) return undefined
    const handle = await this.#options.wal.openHandle(name)
    this.#file = { number, handle }
    return handle
  }
}

function listSegments({ wal, segmentBytes, newestTimeline }: WalPagesOptions) {
  const found = new Map<number, { readonly timeline: number; readonly name: string }>()
  for (const name of wal.names()) {
    const segment = parseSegmentName(name, segmentBytes)
    if (segment === undefined || segment.timeline > newestTimeline) continue
    const { number, timeline } = segment
    if ((found.get(number)?.timeline ?? 0) < timeline) found.set(number, { timeline, name })
  }
  return new Map([...found].map(([number, { name }]) => [number, name]))
}

const isWithin = (location: number, { location: start, content }: Chunk): boolean =>
  location >= start && location < start + content.length
