import { longPageHeaderBytes, pageFlags, pageLocation, readPageBytes, shortPageHeaderBytes } from './page-header.ts'
import type { SegmentFiles } from './segment-files.ts'

/**
 * Where the first record that begins in a segment begins: behind the rest of one that came over from the segment before, whose length
 * the first page tells (`xlp_rem_len`). Undefined where there is no such segment, or none begins in it.
 */
export async function findFirstRecord(segments: SegmentFiles, number: number): Promise<number | undefined> {
  const { segmentBytes } = segments
  const start = number * segmentBytes
  const header = Buffer.alloc(longPageHeaderBytes)
  if ((await segments.read(start, header)) < longPageHeaderBytes || pageLocation(header, 0) !== start) return undefined
  const pageBytes = readPageBytes(header, 0)
  if (pageBytes === undefined) return undefined
  let location = start + longPageHeaderBytes
  let rest = (header.readUInt16LE(2) & pageFlags.continues) === 0 ? 0 : header.readUInt32LE(16)
  for (;;) {
    const here = pageBytes - (location % pageBytes)
    if (rest <= here) break
    rest -= here
    location += here + shortPageHeaderBytes
  }
  const first = location + Math.ceil(rest / 8) * 8
  return first < start + segmentBytes ? first : undefined
}
