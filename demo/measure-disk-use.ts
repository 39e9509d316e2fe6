import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createRunner } from '@pgfork/core'

export interface DiskUse {
  readonly sourceBytes: number
  readonly forkBytes: number
  /** What of the fork lies in blocks that the source doesn't use as well. Undefined where the file system can't tell. */
  readonly ownBytes: number | undefined
}

const blockBytes = 4096
const filesPerCommand = 500

/** Compares the disk blocks of the files of both, by the extents that the file system tells of them. */
export async function measureDiskUse(sourceDirectory: string, forkDirectory: string): Promise<DiskUse> {
  const [source, fork] = [await listFiles(sourceDirectory), await listFiles(forkDirectory)]
  const sizes = { sourceBytes: totalBytes(source), forkBytes: totalBytes(fork) }
  try {
    const ofSource = new Set<number>()
    await eachExtent(source, (first, last) => {
      for (let block = first; block <= last; block++) ofSource.add(block)
    })
    let ownBlocks = 0
    await eachExtent(fork, (first, last) => {
      for (let block = first; block <= last; block++) if (!ofSource.has(block)) ownBlocks++
    })
    return { ...sizes, ownBytes: ownBlocks * blockBytes }
  } catch {
    return { ...sizes, ownBytes: undefined }
  }
}

interface FileSize {
  readonly path: string
  readonly bytes: number
}

const totalBytes = (files: readonly FileSize[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0)

/** With the bytes that they take on disk; holes don't count. */
async function listFiles(folder: string): Promise<FileSize[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  // A running server removes files meanwhile.
  const sizes = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)))
  return paths.flatMap((path, index) => {
    const size = sizes[index]
    return size === undefined ? [] : [{ path, bytes: size.blocks * 512 }]
  })
}

/** Asks `filefrag` (e2fsprogs), which needs no rights beyond reading the files. -s writes what isn't on disk yet. */
async function eachExtent(files: readonly FileSize[], tell: (first: number, last: number) => void): Promise<void> {
  const runner = createRunner()
  const paths = files.filter(({ bytes }) => bytes > 0).map(({ path }) => path)
  for (let index = 0; index < paths.length; index += filesPerCommand) {
    const part = paths.slice(index, index + filesPerCommand)
    const { stdout } = await runner.run('filefrag', ['-v', '-s', `-b${blockBytes}`, ...part])
    for (const [, first, last] of stdout.matchAll(/^ +\d+: +\d+\.\. +\d+: +(\d+)\.\. +(\d+):/gm))
      tell(Number(first), Number(last))
  }
}
