import type { TimelineHistory } from '../postgres/files/timeline-history.ts'
import type { WantedMoment } from '../postgres/moment/moment.ts'
import type { OpenedWal } from '../postgres/moment/open-wal.ts'
import type { FetchSegment } from '../postgres/wal/segment-files.ts'
import type { Stretch } from './coverage.ts'

/** A moment, and what may lead there. */
export interface MomentSearch {
  readonly wanted: WantedMoment
  /** The oldest first; at least one. */
  readonly stretches: readonly Stretch[]
  readonly wal: Pick<OpenedWal, 'directories' | 'live'>
  readonly segmentBytes: number
  readonly major: number
  readonly signal: AbortSignal | undefined
  /** Out of an archive, what of a history no folder holds. */
  fetchOf?(history: TimelineHistory): FetchSegment
}
