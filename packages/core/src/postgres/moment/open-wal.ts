import type { Directory } from '../../files/directory.ts'
import { parseSegmentName, type SegmentName } from '../files/location.ts'
import { contradictionOf, type TimelineHistory } from '../files/timeline-history.ts'
import type { WalEnd } from '../wal/read-records.ts'
import { haveSameRecords } from '../wal/same-records.ts'
import { SegmentFiles } from '../wal/segment-files.ts'
import { timestampOf } from '../wal/timestamps.ts'
import { historiesIn } from './choose-history.ts'
import { findLiveWal, type LiveWal, openWalFolder } from './wal-folders.ts'

/** The cluster that WAL is of. */
export interface WalSource {
  readonly dataDirectory: string
  readonly major: number
  readonly systemIdentifier: string
}

export interface OpenedWal extends Disposable {
  /** The caller's folders, and the source's `pg_wal` if it is there. */
  readonly directories: readonly Directory[]
  readonly live: LiveWal | undefined
}

/** WAL that came with a snapshot. */
export interface SnapshotSegments {
  readonly directory: Directory
  /** Up to this location, no crash of the source takes anything back. Default: all that it has. */
  readonly flushed: number | undefined
}

/**
 * Opens all places where the WAL behind a snapshot may be. A source that has gone on from an older state writes other WAL under the same
 * names (H79): where it contradicts what is known already, it is left out.
 *
 * @param own what is known of it besides
 * @throws PgforkError `INVALID_OPTION`
 */
export async function openWal(
  source: WalSource,
  folders: readonly string[],
  own?: SnapshotSegments,
): Promise<OpenedWal> {
  const { dataDirectory, major, systemIdentifier } = source
  const directories: Directory[] = []
  const close = (): void => {
    for (const directory of directories) directory[Symbol.dispose]()
  }
  try {
    for (const folder of folders) directories.push(openWalFolder(folder))
    const found = await findLiveWal(dataDirectory, major, systemIdentifier)
    if (found !== undefined) directories.push(found.directory)
    const given = directories.slice(0, folders.length).map((directory) => ({ directory, flushed: undefined }))
    const known = [...(own === undefined ? [] : [own]), ...given]
    const live = found !== undefined && (await goesOn(found, known)) ? found : undefined
    return {
      directories: live === undefined ? directories.slice(0, folders.length) : directories,
      live,
      [Symbol.dispose]: close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** The newest segment that both have tells, and where timelines of the same number began. */
async function goesOn({ directory, segmentBytes }: LiveWal, known: readonly SnapshotSegments[]): Promise<boolean> {
  const names = directory.names()
  const histories = historiesIn(directory)
  for (const { directory: other, flushed } of known) {
    if (contradictionOf(histories, historiesIn(other)) !== undefined) return false
    const theirs = new Set(other.names())
    const common = names.filter((name) => theirs.has(name)).sort((one, two) => (one < two ? 1 : -1))
    for (const name of common) {
      const segment = parseSegmentName(name, segmentBytes)
      if (segment === undefined || !(await isWritten(other, segment, segmentBytes))) continue
      if (!(await haveSameRecords(other, directory, segment, segmentBytes, flushed))) return false
      break
    }
  }
  return true
}

async function isWritten(directory: Directory, segment: SegmentName, segmentBytes: number): Promise<boolean> {
  await using segments = new SegmentFiles({
    directories: [directory],
    segmentBytes,
    isOfHistory: ({ timeline }) => timeline === segment.timeline,
  })
  return (await segments.writtenBytesOf(segment.number)) > 0
}

/** Up to when nothing was committed that the WAL of a history up to this end doesn't tell: the source itself follows it, and had come no further. */
export function completeUntil(
  live: LiveWal | undefined,
  history: TimelineHistory,
  segmentBytes: number,
  { location }: Pick<WalEnd, 'location'>,
): bigint | undefined {
  if (live?.lastSegment === undefined || live.lastSegment.timeline !== history.at(-1)?.timeline) return undefined
  const isWhole = Math.floor((location - 1) / segmentBytes) >= live.lastSegment.number
  return isWhole ? timestampOf(live.openedAt) : undefined
}
