import { chmod, type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError } from '../errors/from-system-error.ts'
import { copyOpened } from '../files/copy-file.ts'
import type { Directory } from '../files/directory.ts'
import { absentOrRefused } from '../postgres/wal/refuse-wal-file.ts'
import { throwIfAborted } from '../process/throw-if-aborted.ts'
import { copyHistoryFiles } from './copy-history-files.ts'
import { removeTemporary, temporarySuffix } from './history-folder.ts'
import { type KeptSegment, keptSegments, modes } from './kept-segments.ts'
import {
  closeSegments,
  type LiveSegment,
  listSegments,
  type NamedSegment,
  openSegments,
  writtenOf,
} from './live-segments.ts'
import { refuseDiverged } from './refuse-diverged.ts'

export interface CollectWalRequest {
  /** The source's. It is only read. */
  readonly wal: Directory
  /** The history's, and whoever calls is the only one who writes there. */
  readonly folder: Directory
  readonly segmentBytes: number
  /** The first segment that is needed. */
  readonly from: number
  /** Up to this location, no crash of the source takes anything back. */
  readonly flushed: number
  /** Segments that were opened earlier: what was written into them is there, whatever the source has made of their names since. */
  readonly held?: readonly LiveSegment[]
  /** Leaves out what is still being written and goes on from what is kept, for one who comes again in a moment. Default false. */
  readonly onlyComplete?: boolean
  readonly signal: AbortSignal | undefined
  /** Asked before anything is copied; it throws where there is no room for so much. */
  admit(bytes: number): Promise<void>
}

export interface CollectedWal {
  readonly segments: number
  readonly bytes: number
  /** Number of the newest one that the source has begun. */
  readonly newest: number | undefined
}

/**
 * Copies what a source has written since the last time: every segment that isn't kept as a whole, the one that it writes at the moment
 * included. Each comes under its name when it is whole and flushed, so that whoever is killed leaves nothing but a temporary file.
 *
 * @throws PgforkError `HISTORY_DIVERGED`, and what `admit` throws
 */
export async function collectWal(request: CollectWalRequest): Promise<CollectedWal> {
  const { wal, folder, segmentBytes, held = [], flushed, onlyComplete = false, signal } = request
  removeTemporary(folder)
  const histories = await copyHistoryFiles(wal, folder, request.admit)
  const kept = keptSegments(folder, segmentBytes)
  const written = await writtenSegments(wal, kept, held, request)
  const takenBack = await refuseDiverged({ wal, folder, kept, written, segmentBytes, flushed })
  const all = await chooseWanted(written, kept, takenBack, folder, segmentBytes)
  const wanted = all.filter(({ name, isComplete }) => isComplete || !onlyComplete || name === takenBack)
  await request.admit(wanted.length * segmentBytes)
  let segments = 0
  for (let first = 0; first < wanted.length; first += mostOpen)
    segments += await keepAll(wanted.slice(first, first + mostOpen), { wal, folder, segmentBytes, signal })
  if (segments + histories > 0) await flush(folder.held)
  return { segments, bytes: segments * segmentBytes, newest: written.at(-1)?.number }
}

/** So many are open at once, so that the source may remove them before they are copied; a process may often open 1024 files. */
const mostOpen = 256

interface WrittenSegment extends NamedSegment {
  readonly bytes: number
  /** Undefined where the file of this name is written as far. */
  readonly held: LiveSegment | undefined
}

interface WantedSegment extends WrittenSegment {
  readonly isComplete: boolean
}

/** In their order; of the files of one segment, that which was written farthest. */
async function writtenSegments(
  wal: Directory,
  kept: readonly KeptSegment[],
  held: readonly LiveSegment[],
  { segmentBytes, from }: Pick<CollectWalRequest, 'segmentBytes' | 'from'>,
): Promise<WrittenSegment[]> {
  const whole = new Set(kept.filter(({ isComplete }) => isComplete).map(({ name }) => name))
  const farthest = new Map<string, WrittenSegment>()
  const note = (segment: WrittenSegment): void => {
    if (segment.bytes > (farthest.get(segment.name)?.bytes ?? 0)) farthest.set(segment.name, segment)
  }
  for (const segment of listSegments(wal, segmentBytes, from)) {
    // What is kept as a whole was written.
    const bytes = whole.has(segment.name) ? segmentBytes : await writtenByName(wal, segment, segmentBytes)
    note({ ...segment, bytes, held: undefined })
  }
  for (const segment of held) {
    const { timeline, number, name } = segment
    note({ timeline, number, name, bytes: await writtenOf(segment, segmentBytes), held: segment })
  }
  return [...farthest.values()].sort(({ name: one }, { name: other }) => (one < other ? -1 : 1))
}

async function writtenByName(wal: Directory, segment: NamedSegment, segmentBytes: number): Promise<number> {
  const opened = await openSegments(wal, [segment])
  try {
    const [live] = opened
    return live === undefined ? 0 : await writtenOf(live, segmentBytes)
  } finally {
    await closeSegments(opened)
  }
}

async function chooseWanted(
  written: readonly WrittenSegment[],
  kept: readonly KeptSegment[],
  takenBack: string | undefined,
  folder: Directory,
  segmentBytes: number,
): Promise<WantedSegment[]> {
  const known = new Map(kept.map((segment) => [segment.name, segment]))
  const newest = new Map(written.map(({ timeline, number }) => [timeline, number]))
  const wanted: WantedSegment[] = []
  for (const segment of written) {
    const { timeline, number, name, bytes } = segment
    const same = known.get(name)
    if (same?.isComplete === true) continue
    const isComplete = number < (newest.get(timeline) ?? number)
    const mayBeSame = same !== undefined && !isComplete && name !== takenBack
    // Where an older state was put in the source's place, it has less of the timeline that it left (H108).
    const isSame = mayBeSame && (await keptBytes(folder, same, segmentBytes)) >= bytes
    if (!isSame) wanted.push({ ...segment, isComplete })
  }
  return wanted
}

type KeepTarget = Pick<CollectWalRequest, 'wal' | 'folder' | 'segmentBytes' | 'signal'>

/** @returns how many are kept now */
async function keepAll(wanted: readonly WantedSegment[], { wal, folder, segmentBytes, signal }: KeepTarget) {
  const opened = await openSegments(
    wal,
    wanted.filter(({ held }) => held === undefined),
  )
  const byName = new Map(opened.map(({ name, file }) => [name, file]))
  try {
    let segments = 0
    for (const { held, ...segment } of wanted) {
      throwIfAborted(signal)
      const file = held?.file ?? byName.get(segment.name)
      if (file !== undefined && (await keep({ ...segment, file }, wal, folder, segmentBytes))) segments++
    }
    return segments
  } finally {
    await closeSegments(opened)
  }
}

async function keptBytes(folder: Directory, segment: KeptSegment, segmentBytes: number): Promise<number> {
  const file = await folder.openHandle(segment.name)
  try {
    return await writtenOf({ ...segment, file }, segmentBytes)
  } finally {
    await file.close()
  }
}

/** @returns false where the source has begun to use the file again before the copy was whole */
async function keep(
  segment: LiveSegment & { readonly isComplete: boolean },
  wal: Directory,
  folder: Directory,
  segmentBytes: number,
): Promise<boolean> {
  const { name, file, isComplete } = segment
  const temporary = join(folder.path, `${name}${temporarySuffix}`)
  await copyOpened(file.fd, wal.at(name), temporary, segmentBytes).catch((error: unknown) => {
    // It has grown since.
    if (isSystemError(error, 'EFBIG')) absentOrRefused(wal, name, error)
    throw error
  })
  const copy = await open(temporary, 'r+')
  try {
    await copy.sync()
  } finally {
    await copy.close()
  }
  // It is written from its first page on.
  if ((await writtenOf(segment, segmentBytes)) === 0) {
    removeTemporary(folder)
    return false
  }
  await chmod(temporary, isComplete ? modes.complete : modes.open)
  await rename(temporary, join(folder.path, name))
  return true
}

async function flush(path: string): Promise<void> {
  const directory: FileHandle = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
