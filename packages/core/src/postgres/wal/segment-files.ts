import type { FileHandle } from 'node:fs/promises'
import { isSystemError } from '../../errors/from-system-error.ts'
import type { Directory } from '../../files/directory.ts'
import { parseSegmentName, type SegmentName } from '../files/location.ts'

export interface SegmentFilesOptions {
  /** Looked into in this order; of one segment on one timeline, the first one's is read. They stay open meanwhile. */
  readonly directories: readonly Directory[]
  readonly segmentBytes: number
  /** Whether a segment is of the history that is followed; of those of one number, the newest timeline's is read. */
  isOfHistory(segment: SegmentName): boolean
}

interface SegmentFile extends SegmentName {
  readonly directory: Directory
  readonly name: string
}

/**
 * The WAL of several directories as one: which file holds which segment of a history of timelines (as `XLogFileReadAnyTLI` in
 * xlogrecovery.c chooses them). Directories are listed once; a file that was recycled since then is told by its pages.
 */
export class SegmentFiles implements AsyncDisposable {
  readonly segmentBytes: number
  readonly #byNumber: ReadonlyMap<number, SegmentFile>
  #open: { readonly number: number; readonly handle: FileHandle } | undefined

  constructor({ directories, segmentBytes, isOfHistory }: SegmentFilesOptions) {
    this.segmentBytes = segmentBytes
    const byNumber = new Map<number, SegmentFile>()
    for (const directory of directories)
      for (const name of directory.names()) {
        const segment = parseSegmentName(name, segmentBytes)
        if (segment === undefined || !isOfHistory(segment)) continue
        const known = byNumber.get(segment.number)
        if (known === undefined || known.timeline < segment.timeline)
          byNumber.set(segment.number, { ...segment, directory, name })
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

  async [Symbol.asyncDispose](): Promise<void> {
    const current = this.#open
    this.#open = undefined
    await current?.handle.close()
  }

  /** Undefined also when the server removed the file since it was listed. */
  async #handle(number: number): Promise<FileHandle | undefined> {
    if (this.#open?.number === number) return this.#open.handle
    await this[Symbol.asyncDispose]()
    const file = this.#byNumber.get(number)
    try {
      const handle = await file?.directory.openHandle(file.name)
      if (handle !== undefined) this.#open = { number, handle }
      return handle
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined
      throw error
    }
  }
}
