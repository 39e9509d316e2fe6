import type { FileHandle } from 'node:fs/promises'
import type { Directory } from '../../files/directory.ts'
import { parseSegmentName, type SegmentName } from '../files/location.ts'
import { isLongPage, longPageHeaderBytes, pageLocation, readSystemIdentifier } from './page-header.ts'
import { absentOrRefused, refuseWritable } from './refuse-wal-file.ts'
import { writtenBytes } from './written-bytes.ts'

export interface SegmentFilesOptions {
  /** They stay open meanwhile. */
  readonly directories: readonly Directory[]
  readonly segmentBytes: number
  /** Whose WAL it is: the segments of other clusters count as absent, which may fit record by record. Default: any cluster's. */
  readonly systemIdentifier?: string | undefined
  /** Whether a segment is of the history that is followed; of those of one number, the newest timeline's is read. */
  isOfHistory(segment: SegmentName): boolean
  /** Asked once for each segment that is needed and that no directory holds as a whole. */
  readonly fetch?: FetchSegment | undefined
}

/** Gets a segment out of an archive; undefined where that doesn't have it. */
export type FetchSegment = (number: number) => Promise<SegmentFile | undefined>

export interface SegmentFile extends SegmentName {
  readonly directory: Directory
  readonly name: string
}

/** A whole segment may end with so many zeros, or with more: then it is asked for in vain. */
const mostPadding = 64

/**
 * The WAL of several directories as one: which file holds which segment of a history of timelines (as `XLogFileReadAnyTLI` in
 * xlogrecovery.c chooses them). Of several files of one segment, that is read which was written farthest; where they are alike, the
 * first directory's. Directories are listed once; a file that was recycled since then is told by its pages.
 */
export class SegmentFiles implements AsyncDisposable {
  readonly segmentBytes: number
  readonly #byNumber: ReadonlyMap<number, readonly SegmentFile[]>
  readonly #systemIdentifier: string | undefined
  readonly #fetch: FetchSegment | undefined
  readonly #chosen = new Map<number, SegmentFile | undefined>()
  #open: { readonly number: number; readonly handle: FileHandle } | undefined

  constructor({ directories, segmentBytes, systemIdentifier, isOfHistory, fetch }: SegmentFilesOptions) {
    this.segmentBytes = segmentBytes
    this.#systemIdentifier = systemIdentifier
    this.#fetch = fetch
    const byNumber = new Map<number, SegmentFile[]>()
    for (const directory of directories)
      for (const name of directory.names()) {
        const segment = parseSegmentName(name, segmentBytes)
        if (segment === undefined || !isOfHistory(segment)) continue
        const file = { ...segment, directory, name }
        const known = byNumber.get(segment.number)
        const timeline = known?.[0]?.timeline ?? 0
        if (known === undefined || timeline < segment.timeline) byNumber.set(segment.number, [file])
        else if (timeline === segment.timeline) known.push(file)
      }
    this.#byNumber = byNumber
  }

  /**
   * Reads from a location on into the buffer, at most to the end of its segment.
   *
   * @returns the bytes read; 0 where there is no such segment, fewer where it ends early
   */
  async read(location: number, buffer: Buffer): Promise<number> {
    const number = Math.floor(location / this.segmentBytes)
    const handle = await this.#handle(number)
    if (handle === undefined) return 0
    const offset = location - number * this.segmentBytes
    const length = Math.min(buffer.length, this.segmentBytes - offset)
    let done = 0
    for (let count = -1; count !== 0 && done < length; done += count)
      count = (await handle.read(buffer, done, length - done, offset + done)).bytesRead
    return done
  }

  /** The file that a segment is read from. */
  async fileOf(number: number): Promise<SegmentFile | undefined> {
    if (!this.#chosen.has(number)) this.#chosen.set(number, await this.#choose(number))
    return this.#chosen.get(number)
  }

  /** How far it was written; 0 where there is none. */
  async writtenBytesOf(number: number): Promise<number> {
    const handle = await this.#handle(number)
    return handle === undefined ? 0 : writtenBytes(handle, number * this.segmentBytes, this.segmentBytes)
  }

  /** The first one above this number that is there, and no older one that waits to be written again. */
  async nextAfter(number: number): Promise<SegmentFile | undefined> {
    const numbers = [...this.#byNumber.keys()].filter((other) => other > number).sort((one, other) => one - other)
    for (const next of numbers) if ((await this.writtenBytesOf(next)) > 0) return this.fileOf(next)
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const current = this.#open
    this.#open = undefined
    await current?.handle.close()
  }

  async #choose(number: number): Promise<SegmentFile | undefined> {
    const files = this.#byNumber.get(number) ?? []
    if (this.#fetch === undefined && files.length < 2) return files[0]
    const best = await this.#farthest(files)
    if (this.#fetch === undefined || (best !== undefined && best.bytes > this.segmentBytes - mostPadding))
      return best?.file
    const fetched = await this.#fetch(number)
    return (
      await this.#farthest([...(best === undefined ? [] : [best.file]), ...(fetched === undefined ? [] : [fetched])])
    )?.file
  }

  async #farthest(
    files: readonly SegmentFile[],
  ): Promise<{ readonly file: SegmentFile; readonly bytes: number } | undefined> {
    let best: { readonly file: SegmentFile; readonly bytes: number } | undefined
    for (const file of files) {
      const handle = await this.#openFile(file)
      if (handle === undefined) continue
      try {
        const bytes = await writtenBytes(handle, file.number * this.segmentBytes, this.segmentBytes)
        if (best === undefined || bytes > best.bytes) best = { file, bytes }
      } finally {
        await handle.close()
      }
    }
    return best
  }

  async #handle(number: number): Promise<FileHandle | undefined> {
    if (this.#open?.number === number) return this.#open.handle
    await this[Symbol.asyncDispose]()
    const file = await this.fileOf(number)
    const handle = file && (await this.#openFile(file))
    if (handle !== undefined) this.#open = { number, handle }
    return handle
  }

  /** Undefined also when the server removed the file since it was listed, and for what can't be a segment of the cluster. */
  async #openFile({ directory, name, number }: SegmentFile): Promise<FileHandle | undefined> {
    const handle = await openSegment(directory, name)
    if (handle === undefined || (await this.#mayBe(handle, number))) return handle
    await handle.close()
    return undefined
  }

  async #mayBe(handle: FileHandle, number: number): Promise<boolean> {
    // Whoever may write there lets it grow, and a fork's disk isn't his to fill.
    if ((await handle.stat()).size > this.segmentBytes) return false
    if (this.#systemIdentifier === undefined) return true
    const header = Buffer.alloc(longPageHeaderBytes)
    const { bytesRead } = await handle.read(header, 0, longPageHeaderBytes, 0)
    const isHeader = bytesRead === longPageHeaderBytes && isLongPage(header, 0)
    // What holds no segment, or another one, is told by its pages.
    if (!isHeader || pageLocation(header, 0) !== number * this.segmentBytes) return true
    return readSystemIdentifier(header, 0) === this.#systemIdentifier
  }
}

/** Undefined where there is none. @throws PgforkError `PERMISSION_DENIED` for what is no segment of the directory's owner (H63, H100) */
export async function openSegment(directory: Directory, name: string): Promise<FileHandle | undefined> {
  let handle: FileHandle
  try {
    handle = await directory.openHandle(name)
  } catch (error) {
    return absentOrRefused(directory, name, error)
  }
  try {
    refuseWritable(directory, name, handle.fd)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}
