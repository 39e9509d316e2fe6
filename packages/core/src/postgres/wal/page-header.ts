/** `XLogPageHeaderData` and `XLogLongPageHeaderData` (xlog_internal.h), the same from 10 to 18. */
export const shortPageHeaderBytes = 24
export const longPageHeaderBytes = 40
/** XLOG_BLCKSZ of nearly every build. */
export const usualPageBytes = 8192
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

/** Of the cluster, as the first page of every segment tells it (`xlp_sysid`). */
export const readSystemIdentifier = (buffer: Buffer, offset: number): string =>
  String(buffer.readBigUInt64LE(offset + 24))
