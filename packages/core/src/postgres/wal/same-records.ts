import type { FileHandle } from 'node:fs/promises'
import type { Directory } from '../../files/directory.ts'
import { formatSegmentName, type SegmentName } from '../files/location.ts'
import { findFirstRecord } from './first-record.ts'
import { readRecords } from './read-records.ts'
import { openSegment, SegmentFiles } from './segment-files.ts'
import { writtenBytes } from './written-bytes.ts'

const chunkBytes = 1024 * 1024

/**
 * Whether two files of one segment agree, as far as both have whole records. Two servers that began with the same files and the same
 * timeline write different WAL under the same names.
 *
 * @param until what lies behind this location doesn't count
 * @throws PgforkError `PERMISSION_DENIED` (H63, H100)
 */
export async function haveSameRecords(
  one: Directory,
  other: Directory,
  segment: SegmentName,
  segmentBytes: number,
  until = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const start = segment.number * segmentBytes
  const most = until - start
  const name = formatSegmentName(segment, segmentBytes)
  const files: FileHandle[] = []
  try {
    for (const directory of [one, other]) {
      const file = await openSegment(directory, name)
      // A server removes its segments.
      if (file === undefined) return true
      files.push(file)
    }
    const [here, there] = files as [FileHandle, FileHandle]
    const written = await Promise.all(files.map((file) => writtenBytes(file, start, segmentBytes)))
    if (await haveSameBytes(here, there, Math.min(...written, most))) return true
    // A crash may have cut a record off, which is written over.
    const ends = await Promise.all([one, other].map((directory) => endOfRecords(directory, segment, segmentBytes)))
    return await haveSameBytes(here, there, Math.min(Math.min(...ends) - start, most))
  } finally {
    for (const file of files) await file.close()
  }
}

/** Where the segment begins, if there is none in it. */
async function endOfRecords(
  directory: Directory,
  { timeline, number }: SegmentName,
  segmentBytes: number,
): Promise<number> {
  await using segments = new SegmentFiles({
    directories: [directory],
    segmentBytes,
    isOfHistory: (segment) => segment.timeline === timeline,
  })
  const start = await findFirstRecord(segments, number)
  if (start === undefined) return number * segmentBytes
  const { location } = await readRecords({ segments, start, until: (number + 1) * segmentBytes, visit: () => {} })
  // The last one may go over to the next segment.
  return Math.min(location, (number + 1) * segmentBytes)
}

async function haveSameBytes(one: FileHandle, other: FileHandle, bytes: number): Promise<boolean> {
  const [here, there] = [Buffer.alloc(chunkBytes), Buffer.alloc(chunkBytes)]
  for (let at = 0; at < bytes; at += chunkBytes) {
    const length = Math.min(chunkBytes, bytes - at)
    await one.read(here, 0, length, at)
    await other.read(there, 0, length, at)
    if (!here.subarray(0, length).equals(there.subarray(0, length))) return false
  }
  return true
}
