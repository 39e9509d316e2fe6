import { chmod, type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { copyOpened } from '../files/copy-file.ts'
import type { Directory } from '../files/directory.ts'
import { throwIfAborted } from '../process/throw-if-aborted.ts'
import { copyHistoryFiles } from './copy-history-files.ts'
import { removeTemporary, temporarySuffix } from './history-folder.ts'
import { type KeptSegment, keptSegments, modes } from './kept-segments.ts'
import { closeSegments, type LiveSegment, openLiveSegments, writtenOf } from './live-segments.ts'
import { refuseDiverged } from './refuse-diverged.ts'

export interface CollectWalRequest {
  /** The source's. It is only read. */
  readonly wal: Directory
  /** The history's, and whoever calls is the only one who writes there. */
  readonly folder: Directory
  readonly segmentBytes: number
  /** The first segment that is needed. */
  readonly from: number
  /** Segments that were opened earlier: what was written into them is there, whatever the source has made of their names since. */
  readonly held?: readonly LiveSegment[]
  /** Leaves out what is still being written, for one who comes again in a moment. Default false. */
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

interface WantedSegment extends LiveSegment {
  readonly isComplete: boolean
}

/**
 * Copies what a source has written since the last time: every segment that isn't kept as a whole, the one that it writes at the moment
 * included. Each comes under its name when it is whole and flushed, so that whoever is killed leaves nothing but a temporary file.
 *
 * @throws PgforkError `HISTORY_DIVERGED`, and what `admit` throws
 */
export async function collectWal(request: CollectWalRequest): Promise<CollectedWal> {
  const { wal, folder, segmentBytes, from, held = [], onlyComplete = false, signal } = request
  removeTemporary(folder)
  await copyHistoryFiles(wal, folder, request.admit)
  const live = await openLiveSegments(wal, segmentBytes, from)
  try {
    const kept = keptSegments(folder, segmentBytes)
    const written = await writtenSegments([...live, ...held], segmentBytes)
    await refuseDiverged({ wal, folder, kept, written: written.map(({ segment }) => segment), segmentBytes })
    const all = await chooseWanted(written, kept, folder, segmentBytes)
    const wanted = all.filter(({ isComplete }) => isComplete || !onlyComplete)
    await request.admit(wanted.length * segmentBytes)
    let segments = 0
    for (const segment of wanted) {
      throwIfAborted(signal)
      if (await keep(segment, wal, folder, segmentBytes)) segments++
    }
    if (segments > 0) await flush(folder.held)
    return { segments, bytes: segments * segmentBytes, newest: written.at(-1)?.segment.number }
  } finally {
    await closeSegments(live)
  }
}

interface WrittenSegment {
  readonly segment: LiveSegment
  readonly bytes: number
}

/** In their order; of the files of one segment, that which was written farthest. */
async function writtenSegments(segments: readonly LiveSegment[], segmentBytes: number): Promise<WrittenSegment[]> {
  const farthest = new Map<string, WrittenSegment>()
  for (const segment of segments) {
    const bytes = await writtenOf(segment, segmentBytes)
    if (bytes > (farthest.get(segment.name)?.bytes ?? 0)) farthest.set(segment.name, { segment, bytes })
  }
  return [...farthest.values()].sort(({ segment: one }, { segment: other }) => (one.name < other.name ? -1 : 1))
}

async function chooseWanted(
  written: readonly WrittenSegment[],
  kept: readonly KeptSegment[],
  folder: Directory,
  segmentBytes: number,
): Promise<WantedSegment[]> {
  const wanted: WantedSegment[] = []
  for (const { segment, bytes } of written) {
    const known = kept.find(({ name }) => name === segment.name)
    if (known?.isComplete === true) continue
    const { timeline, number } = segment
    const isComplete = written.some(({ segment: other }) => other.timeline === timeline && other.number > number)
    const isSame = known !== undefined && !isComplete && (await keptBytes(folder, known, segmentBytes)) === bytes
    if (!isSame) wanted.push({ ...segment, isComplete })
  }
  return wanted
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
async function keep(segment: WantedSegment, wal: Directory, folder: Directory, segmentBytes: number): Promise<boolean> {
  const { name, file, isComplete } = segment
  const temporary = join(folder.path, `${name}${temporarySuffix}`)
  await copyOpened(file.fd, wal.at(name), temporary, segmentBytes)
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
