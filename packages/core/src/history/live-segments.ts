import type { FileHandle } from 'node:fs/promises'
import type { Directory } from '../files/directory.ts'
import { parseSegmentName, type SegmentName } from '../postgres/files/location.ts'
import { openSegment } from '../postgres/wal/segment-files.ts'
import { writtenBytes } from '../postgres/wal/written-bytes.ts'

/** A segment that the source has begun, or has room for. */
export interface NamedSegment extends SegmentName {
  readonly name: string
}

export interface LiveSegment extends NamedSegment {
  readonly file: FileHandle
}

/** A source's segments from one number on, below another one. */
export const listSegments = (
  wal: Directory,
  segmentBytes: number,
  from: number,
  below: number = Number.POSITIVE_INFINITY,
): NamedSegment[] =>
  wal.names().flatMap((name) => {
    const segment = parseSegmentName(name, segmentBytes)
    return segment === undefined || segment.number < from || segment.number >= below ? [] : [{ ...segment, name }]
  })

/**
 * Opens segments of a source; what it has removed meanwhile is left out. The caller closes them, and opens few at once.
 *
 * @throws PgforkError `PERMISSION_DENIED` for a link, a pipe, another's file, or one that everybody can write (H63, H100)
 */
export async function openSegments(wal: Directory, segments: readonly NamedSegment[]): Promise<LiveSegment[]> {
  const opened: LiveSegment[] = []
  try {
    for (const segment of segments) {
      const file = await openSegment(wal, segment.name)
      if (file !== undefined) opened.push({ ...segment, file })
    }
    return opened
  } catch (error) {
    await closeSegments(opened)
    throw error
  }
}

export async function closeSegments(segments: readonly LiveSegment[]): Promise<void> {
  for (const { file } of segments) await file.close()
}

/**
 * How far a segment is written; 0 for an older one's file that waits to be written again, whatever its name says, and for one that is larger
 * than segments are (H100).
 */
export async function writtenOf({ file, number }: Pick<LiveSegment, 'file' | 'number'>, segmentBytes: number) {
  const { size } = await file.stat()
  return size > segmentBytes ? 0 : writtenBytes(file, number * segmentBytes, segmentBytes)
}
