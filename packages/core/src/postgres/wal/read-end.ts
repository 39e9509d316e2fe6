import { formatLocation } from '../files/location.ts'
import { findFirstRecord } from './first-record.ts'
import { readRecords } from './read-records.ts'
import type { SegmentFiles } from './segment-files.ts'
import { formatTimestamp } from './timestamps.ts'
import { readTransactionEnd } from './transaction-end.ts'

/** A moment that a fork can be made of. */
export interface ReachableMoment {
  readonly location: string
  /** Of the last transaction that ended before it, by the source's clock, where that is known. */
  readonly time: string | undefined
}

/** For people. */
export const describeReachable = ({ location, time }: ReachableMoment): string =>
  time === undefined ? location : `${location} (${time})`

/** So many segments before are looked through for a transaction's end. */
const mostSegments = 4

/**
 * Where the whole records of a segment end, and when a transaction ended last. Undefined where no record begins in it.
 *
 * @param first the oldest segment that is looked into for a transaction's end
 */
export async function readEnd(
  segments: SegmentFiles,
  number: number,
  major: number,
  first: number = number,
): Promise<(ReachableMoment & { readonly end: number }) | undefined> {
  let end: number | undefined
  for (let at = number; at >= Math.max(first, number - mostSegments); at--) {
    const start = await findFirstRecord(segments, at)
    if (start === undefined) continue
    let time: bigint | undefined
    const visit = (record: Parameters<typeof readTransactionEnd>[0]): void => {
      time = readTransactionEnd(record, major)?.time ?? time
    }
    const read = await readRecords({ segments, start, until: (at + 1) * segments.segmentBytes, visit })
    end ??= read.location
    if (time !== undefined) return { end, location: formatLocation(end), time: formatTimestamp(time) }
  }
  return end === undefined ? undefined : { end, location: formatLocation(end), time: undefined }
}
