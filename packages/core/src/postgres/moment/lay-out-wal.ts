import type { UserIdentity } from '../../command/command-runner.ts'
import { copyBetween, eraseFrom } from '../../files/copy-file.ts'
import type { Directory } from '../../files/directory.ts'
import { removeTree } from '../../files/remove-tree.ts'
import { formatSegmentName, parseSegmentName } from '../files/location.ts'
import { segmentsOf, type TimelineHistory, timelineOfSegment } from '../files/timeline-history.ts'
import { absentOrRefused } from '../wal/refuse-wal-file.ts'
import type { SegmentFile, SegmentFiles } from '../wal/segment-files.ts'
import { walUsedAgain } from './moment-errors.ts'

export interface LayOutWalRequest {
  /** The fork's own, which holds what its snapshot had. */
  readonly wal: Directory
  readonly segments: SegmentFiles
  /** Up to `stop`. */
  readonly history: TimelineHistory
  readonly start: number
  readonly stop: number
  readonly owner: UserIdentity
  /** Asked before anything is copied; it throws where there is no room for so much. */
  admit(bytes: number): Promise<void>
  onProgress(doneBytes: number, totalBytes: number): void
}

/**
 * Puts the WAL from a snapshot up to a moment into the fork, and nothing beyond: what begins at the moment is overwritten with zeros, so
 * that recovery ends there as it ends at a crash, in every version. A `recovery_target_lsn` would be heeded only in archive recovery,
 * which the WAL in `pg_wal` doesn't take part in after a crash (`InitWalRecovery` in xlogrecovery.c), and needs a `restore_command`.
 *
 * @throws PgforkError `MOMENT_NOT_COVERED` for what is removed meanwhile, by the source or a history, `PERMISSION_DENIED` (H63)
 */
export async function layOutWal(request: LayOutWalRequest): Promise<void> {
  const { wal, segments, history, start, stop, owner } = request
  const { segmentBytes } = segments
  const [first, last] = [Math.floor(start / segmentBytes), Math.floor((stop - 1) / segmentBytes)]
  const nameOf = (number: number): string =>
    formatSegmentName({ timeline: timelineOfSegment(history, number, segmentBytes), number }, segmentBytes)
  const wanted: SegmentFile[] = []
  for (let number = first; number <= last; number++) {
    const file = await segments.fileOf(number)
    if (file === undefined) throw walUsedAgain(stop, `${nameOf(number)} was gone`)
    if (file.directory !== wal || file.name !== nameOf(number)) wanted.push(file)
  }
  const total = wanted.length * segmentBytes
  await request.admit(total)
  let done = 0
  for (const { directory, name, number } of wanted) {
    await copyBetween(directory, name, wal, nameOf(number), owner, segmentBytes).catch((error: unknown) => {
      absentOrRefused(directory, name, error)
      throw walUsedAgain(stop, `${name} was gone`)
    })
    done += segmentBytes
    request.onProgress(done, total)
  }
  const isWanted = segmentsOf(history, segmentBytes)
  for (const name of wal.names()) {
    const segment = parseSegmentName(name, segmentBytes)
    if (segment === undefined || segment.number < first) continue
    if (segment.number > last || !isWanted(segment)) removeTree(wal, name)
  }
  await eraseFrom(wal, nameOf(last), stop - last * segmentBytes, segmentBytes)
}
