import {
  chmodSync,
  constants,
  copyFile,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  type Stats,
  symlinkSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { fromSystemError, isSystemError, throwIfAborted } from '@pgfork/core/driver'
import type { Copy } from './copy.ts'
import { eachLimited } from './each-limited.ts'

const copyWhole = promisify(copyFile)

/** A template for tests is a fifth of it. More are left to `cp`, which takes none of this process's time. */
const mostFiles = 5_000
export const mostBytes = 128 * 1024 * 1024
/** Node's thread pool has 4 threads; more tasks keep it from idling between two files. */
const filesAtOnce = 16
/** More than a file system saves by storing a small file in its inode. */
const holeBytes = 64 * 1024

interface Entry {
  readonly path: string
  readonly stats: Stats
}

/** A tree that is copied within a moment, with paths relative to it. */
export interface SmallTree extends Copy {
  /** Parents before their children, beginning with the directory itself. */
  readonly directories: readonly Entry[]
  readonly files: readonly Entry[]
  readonly links: readonly Entry[]
  readonly totalBytes: number
}

/** Undefined for one that `cp` copies better: with very many files, with bytes that take long, or with holes. */
export function planSmallTree(copy: Copy): SmallTree | undefined {
  if (copy.isLive || copy.omit.length > 0) return undefined
  try {
    return survey(copy)
  } catch (error) {
    throw explain(copy, error)
  }
}

function survey(copy: Copy): SmallTree | undefined {
  const { source, sharesBlocks } = copy
  const directories: Entry[] = [{ path: '', stats: lstatSync(source) }]
  const files: Entry[] = []
  const links: Entry[] = []
  let totalBytes = 0
  // Grows while it is walked.
  for (const directory of directories)
    for (const { name } of readdirSync(join(source, directory.path), { withFileTypes: true })) {
      const path = join(directory.path, name)
      const stats = lstatSync(join(source, path))
      if (stats.isDirectory()) directories.push({ path, stats })
      else if (stats.isSymbolicLink()) links.push({ path, stats })
      else if (stats.isFile()) files.push({ path, stats })
      totalBytes += stats.isFile() ? stats.size : 0
      const hasHoles = stats.isFile() && stats.size - stats.blocks * 512 > holeBytes
      if (files.length > mostFiles || (!sharesBlocks && (hasHoles || totalBytes > mostBytes))) return undefined
    }
  return { ...copy, directories, files, links, totalBytes }
}

/**
 * Copies it by the kernel's means, several files at a time: a thousand files take half as long as by `cp`, which takes one after
 * another. Sockets, pipes and devices are left out.
 *
 * @returns when all but its `later` files are there, with what goes on
 */
export async function copySmallTree(
  tree: SmallTree,
  signal: AbortSignal | undefined,
): Promise<{ readonly rest: Promise<void> }> {
  const { source, target, directories, files, links, later, last } = tree
  const isLater = ({ path }: Entry): boolean => later !== undefined && `${path}/`.startsWith(`${later}/`)
  const isLast = ({ path }: Entry): boolean => last !== undefined && basename(path) === last
  const copyAll = (some: readonly Entry[]): Promise<void> =>
    eachLimited(some, filesAtOnce, async ({ path, stats }) => {
      throwIfAborted(signal, 'The copy was aborted.')
      const copied = join(target, path)
      await copyWhole(join(source, path), copied, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
      keepOwner(copied, stats)
    })
  /** Last: a directory without the right to write couldn't be filled. */
  const finish = (some: readonly Entry[]): void => {
    for (const { path, stats } of some.toReversed()) {
      keepOwner(join(target, path), stats)
      chmodSync(join(target, path), stats.mode & 0o7777)
    }
  }
  /** All else may be changed by now. */
  const copyRest = async (): Promise<void> => {
    const rest = files.filter(isLater)
    await copyAll(rest.filter((entry) => !isLast(entry)))
    await copyAll(rest.filter(isLast))
    finish(directories.filter(isLater))
  }
  try {
    for (const { path } of directories) mkdirSync(join(target, path), { mode: 0o700 })
    for (const { path, stats } of links) {
      symlinkSync(readlinkSync(join(source, path)), join(target, path))
      keepOwner(join(target, path), stats)
    }
    await copyAll(files.filter((entry) => !isLater(entry)))
    finish(directories.filter((entry) => !isLater(entry)))
    return {
      rest: copyRest().catch((error: unknown) => {
        throw explain(tree, error)
      }),
    }
  } catch (error) {
    throw explain(tree, error)
  }
}

const explain = ({ source, target }: Copy, error: unknown): Error =>
  fromSystemError(
    error,
    isSystemError(error, 'ENOENT') ? 'COPY_MISSING' : 'COMMAND_FAILED',
    `${source} can't be copied to ${target}`,
  )

/** Only root may give files away; an ordinary user's copies are his own. The kernel takes rights of setuid programs away. */
function keepOwner(path: string, { uid, gid }: Stats): void {
  if (uid === process.geteuid?.() && gid === process.getegid?.()) return
  try {
    lchownSync(path, uid, gid)
  } catch (error) {
    if (process.geteuid?.() === 0 || !isSystemError(error, 'EPERM')) throw error
  }
}
