/** `XLogPageHeaderData` and `XLogLongPageHeaderData` (xlog_internal.h), the same from 10 to 18. */
export const shortPageHeaderBytes = 24
export const longPageHeaderBytes = 40
/** XLOG_BLCKSZ of nearly every build. */
export const usualPageBytes = 8192
/** No build has smaller ones. */
const leastPageBytes = 1024
/** Nor smaller segments. */
const leastSegmentBytes = 1024 * 1024
export const pageFlags = { continues: 1, isLong: 2, overwritesContinued: 8 } as const

/** The location that a page was written for, which tells it from an older one in a segment that was used again. */
export const pageLocation = (buffer: Buffer, offset: number): number =>
  buffer.readUInt32LE(offset + 12) * 2 ** 32 + buffer.readUInt32LE(offset + 8)

export const isLongPage = (buffer: Buffer, offset: number): boolean =>
  (buffer.readUInt16LE(offset + 2) & pageFlags.isLong) !== 0

/** XLOG_BLCKSZ, which a build of PostgreSQL may choose; the first page of every segment tells it. Undefined where it says nonsense. */
export function readPageBytes(buffer: Buffer, offset: number): number | undefined {
  const bytes = buffer.readUInt32LE(offset + 36)
  const isSize = bytes >= 1024 && bytes <= 65536 && (bytes & (bytes - 1)) === 0
  return isLongPage(buffer, offset) && isSize ? bytes : undefined
}

/** Of the header of a page that begins there: the first page of a segment has the long one. */
export const pageHeaderBytes = (location: number, segmentBytes: number): number =>
  location % segmentBytes === 0 ? longPageHeaderBytes : shortPageHeaderBytes

/**
 * Whether a record that begins there follows on what ends here. Where a page ends, the next record begins behind the next page's header, and a
 * server names one or the other, whether or not that page is there already. No record that holds anything is as short as a header.
 */
export const followsOn = (end: number, begin: number): boolean =>
  begin === end ||
  (end % leastPageBytes === 0 && begin - end === shortPageHeaderBytes) ||
  (end % leastSegmentBytes === 0 && begin - end === longPageHeaderBytes)

/** Where a segment ends, rather than behind the header of the next one, which may not be there yet. */
export const beforeSegmentHeader = (location: number, segmentBytes: number): number =>
  location % segmentBytes === longPageHeaderBytes ? location - longPageHeaderBytes : location

/** Of the cluster, as the first page of every segment tells it (`xlp_sysid`). */
export const readSystemIdentifier = (buffer: Buffer, offset: number): string =>
  String(buffer.readBigUInt64LE(offset + 24))
