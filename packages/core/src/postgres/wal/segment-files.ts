import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseSegmentName } from '../files/location.ts'

/** One file of WAL, named after the timeline and the number of what it should hold. */
export interface SegmentFile {
  readonly path: string
  readonly timeline: number
  readonly number: number
}

/** Where a timeline of a history begins: at its parent's switch point, the first one at 0. */
export interface TimelineStart {
  readonly timeline: number
  readonly begin: number
}

export interface SegmentFilesOptions {
  /** Looked into in this order; of one segment on one timeline, the first one's is read. */
  readonly directories: readonly string[]
  readonly segmentBytes: number
  /** The history of the timeline that is followed, the newest last: of each segment the newest of these timelines' is read. */
  readonly timelines: readonly TimelineStart[]
}

/**
 * The WAL of several directories as one: which file holds which segment of the timelines of a history (as `XLogFileReadAnyTLI` in
 * xlogrecovery.c chooses them). A directory is read once; a file that is recycled since is told by its pages.
 */
export class SegmentFiles implements AsyncDisposable {
  readonly segmentBytes: number
  readonly #byNumber: ReadonlyMap<number, SegmentFile>
  #open: { readonly path: string; readonly handle: FileHandle } | undefined

  private constructor(segmentBytes: number, byNumber: ReadonlyMap<number, SegmentFile>) {
    this.segmentBytes = segmentBytes
    this.#byNumber = byNumber
  }

  static async list({ directories, segmentBytes, timelines }: SegmentFilesOptions): Promise<SegmentFiles> {
    const begins = new Map(timelines.map(({ timeline, begin }) => [timeline, Math.floor(begin / segmentBytes)]))
    const byNumber = new Map<number, SegmentFile>()
    for (const directory of directories)
      for (const name of await readdir(directory)) {
        const segment = parseSegmentName(name, segmentBytes)
        if (segment === undefined) continue
        const first = begins.get(segment.timeline)
        if (first === undefined || segment.number < first) continue
        const known = byNumber.get(segment.number)
        if (known === undefined || known.timeline < segment.timeline)
          byNumber.set(segment.number, { ...segment, path: join(directory, name) })
      }
    return new SegmentFiles(segmentBytes, byNumber)
  }

  /** Numbers of the segments that there are, ascending. */
  get numbers(): number[] {
    return [...this.#byNumber.keys()].sort((a, b) => a - b)
  }

  file(number: number): SegmentFile | undefined {
    return this.#byNumber.get(number)
  }

  /**
   * Reads from a location on into the buffer, at most to the end of its segment.
   *
   * @returns the bytes read; 0 where there is no such segment, or a short one
   */
  async read(location: number, buffer: Buffer): Promise<number> {
    const number = Math.floor(location / this.segmentBytes)
    const file = this.#byNumber.get(number)
    if (file === undefined) return 0
    const offset = location - number * this.segmentBytes
    const handle = await this.#handle(file.path)
    if (handle === undefined) return 0
    const length = Math.min(buffer.length, this.segmentBytes - offset)
    let done = 0
    while (done < length) {
      const { bytesRead } = await handle.read(buffer, done, length - done, offset + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return done
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const current = this.#open
    this.#open = undefined
    await current?.handle.close()
  }

  /** Undefined when the server removed the file since it was listed. */
  async #handle(path: string): Promise<FileHandle | undefined> {
    if (this.#open?.path === path) return this.#open.handle
    await this[Symbol.asyncDispose]()
    const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (handle !== undefined) this.#open = { path, handle }
    return handle
  }
}
