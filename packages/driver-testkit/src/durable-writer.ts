import { createHash } from 'node:crypto'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const pageBytes = 8_192
const fileCount = 3

/** Writes numbered, checksummed pages to several files in turn, each flushed before the next one begins. */
export interface DurableWriter {
  /** The number of the last page that is flushed; -1 before the first. */
  readonly flushed: number
  /** The number of the last page that was begun. */
  readonly begun: number
  stop(): Promise<void>
}

export async function startWriter(folder: string, folders: readonly string[] = [folder]): Promise<DurableWriter> {
  const files = await Promise.all(
    Array.from({ length: fileCount }, (_, index) =>
      open(join(folders[index % folders.length] as string, fileName(index)), 'w'),
    ),
  )
  const state = { flushed: -1, begun: -1, isStopped: false }
  const running = writePages(files, state)
  return {
    get flushed() {
      return state.flushed
    },
    get begun() {
      return state.begun
    },
    stop: async () => {
      state.isStopped = true
      await running
      await Promise.all(files.map((file) => file.close()))
    },
  }
}

async function writePages(
  files: readonly FileHandle[],
  state: { flushed: number; begun: number; isStopped: boolean },
): Promise<void> {
  for (let number = 0; !state.isStopped; number++) {
    state.begun = number
    const file = files[number % fileCount] as FileHandle
    await file.write(page(number), 0, pageBytes, Math.floor(number / fileCount) * pageBytes)
    await file.datasync()
    state.flushed = number
  }
}

export interface WrittenPages {
  /** Numbers of whole pages. */
  readonly whole: ReadonlySet<number>
  /** Numbers of pages that are there in part, or wrong. */
  readonly torn: readonly number[]
}

/** Reads back what a writer's files hold, wherever they are now. */
export async function readPages(folders: readonly string[]): Promise<WrittenPages> {
  const whole = new Set<number>()
  const torn: number[] = []
  for (let index = 0; index < fileCount; index++) {
    const content = await readFile(join(folders[index % folders.length] as string, fileName(index)))
    for (let offset = 0; offset < content.length; offset += pageBytes) {
      const number = (offset / pageBytes) * fileCount + index
      const isWhole = content.subarray(offset, offset + pageBytes).equals(page(number))
      if (isWhole) whole.add(number)
      else torn.push(number)
    }
  }
  return { whole, torn }
}

/** A page says its number and fills the rest from it, so that any change shows. */
function page(number: number): Buffer {
  const digest = createHash('sha256').update(String(number)).digest()
  const content = Buffer.alloc(pageBytes, digest)
  content.writeBigUInt64LE(BigInt(number))
  return content
}

const fileName = (index: number): string => `pages-${index}`
