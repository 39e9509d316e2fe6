import type { WalRecord } from './wal-record.ts'

/** A file of a relation: `RelFileLocator` (`RelFileNode` before 16), numbers of tablespace, database and file. */
export interface RelationFile {
  readonly tablespace: number
  readonly database: number
  readonly file: number
}

/** One object serves all records: it is read before the next one is laid out. */
export interface RecordLayout {
  /** Where the record's own data begin in its buffer, behind the headers and pages. */
  readonly mainData: number
  readonly mainDataBytes: number
  /** Where the numbers of the first relation stand that the record is about. */
  readonly relationAt: number | undefined
}

/** Ids of headers (xlogrecord.h, the same from 10 to 18); lower ones are numbers of blocks. */
const ids = { topLevelTransaction: 252, origin: 253, longData: 254, shortData: 255 } as const
const blockFlags = { hasImage: 0x10, hasData: 0x20, sameRelation: 0x80 } as const
const headerBytes = 24

const layout: { -readonly [Part in keyof RecordLayout]: RecordLayout[Part] } = {
  mainData: 0,
  mainDataBytes: 0,
  relationAt: undefined,
}

/**
 * Reads a record's headers as `DecodeXLogRecord` in xlogreader.c does.
 *
 * @throws RangeError for a record that no server wrote
 */
export function layOut(record: WalRecord, major: number): RecordLayout {
  const { buffer, start, length } = record
  const end = start + length
  let at = start + headerBytes
  let relationAt: number | undefined
  let mainDataBytes = 0
  while (at < end - mainDataBytes) {
    const id = buffer[at] as number
    if (id === ids.shortData) {
      mainDataBytes = buffer[at + 1] as number
      break
    }
    if (id === ids.longData) {
      mainDataBytes = buffer.readUInt32LE(at + 1)
      break
    }
    if (id === ids.origin) at += 3
    else if (id === ids.topLevelTransaction) at += 5
    else {
      const flags = buffer[at + 1] as number
      at += 4
      if ((flags & blockFlags.hasImage) !== 0) at += imageHeaderBytes(buffer, at, major)
      if ((flags & blockFlags.sameRelation) === 0) {
        relationAt ??= at
        at += 12
      }
      at += 4
    }
  }
  if (at > end - mainDataBytes) throw new RangeError('the data of a record lie outside of it')
  layout.mainData = end - mainDataBytes
  layout.mainDataBytes = mainDataBytes
  layout.relationAt = relationAt
  return layout
}

export const readRelationFile = (buffer: Buffer, at: number): RelationFile => ({
  tablespace: buffer.readUInt32LE(at),
  database: buffer.readUInt32LE(at + 4),
  file: buffer.readUInt32LE(at + 8),
})

/** `XLogRecordBlockImageHeader`, followed by the hole's length where the page was compressed and has one. */
function imageHeaderBytes(buffer: Buffer, at: number, major: number): number {
  const info = buffer[at + 4] as number
  const hasHole = (info & 1) !== 0
  // `BKPIMAGE_IS_COMPRESSED` before 15; since then a bit for each of pglz, lz4 and zstd.
  const isCompressed = (info & (major >= 15 ? 0x1c : 0x02)) !== 0
  return hasHole && isCompressed ? 7 : 5
}
