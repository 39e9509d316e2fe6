import { parseLocation } from '../postgres/files/location.ts'
import { memoryBytes } from '../postgres/settings/memory-bytes.ts'
import type { Inspection } from '../postgres/source/inspection.ts'

const mebibyte = 1024 * 1024
const mostReplay = 64 * mebibyte
const mostReplayWithoutImages = mebibyte

/** What is to become of a snapshot: a fork that starts as a promoted standby, and once. */
export interface PromotedFork {
  /** As the setting says it. */
  readonly sharedBuffers: string
}

/**
 * Whether a checkpoint of the source makes its fork ready sooner. It writes all that is dirty in the source's memory, and makes the source
 * slower meanwhile; without it, the fork replays the WAL since the last one. Measured (`npm run bench -- --only checkpoints`), the
 * fork is the faster one up to 64 MB of WAL, and up to half of its own shared buffers, above which it writes pages out in between.
 *
 * That holds for WAL that begins with images of the pages that it changes. Without (`full_page_writes=off`) each page is read
 * from a cold disk, so only 1 MB is replayed. A tablespace that was made since the last checkpoint can't be replayed at all (H1).
 * A fork that doesn't start as a promoted standby writes a checkpoint of its own over all that it has replayed, and a snapshot may be forked
 * any number of times: for those, as for standbys, whose next record nobody knows, a checkpoint always pays.
 */
export function checkpointPays(inspection: Inspection, fork: PromotedFork | undefined): boolean {
  const { control, settings, insertPosition } = inspection
  if (fork === undefined || insertPosition === undefined) return true
  // The fork keeps its source's timeline (decideTimeline).
  if (control.walLevel === 'minimal' || control.awaitsBackupEnd) return true
  if (hasNewTablespace(inspection)) return true
  const buffers = memoryBytes(fork.sharedBuffers) ?? Number.POSITIVE_INFINITY
  const limit = settings.full_page_writes === 'off' ? mostReplayWithoutImages : mostReplay
  return parseLocation(insertPosition) - parseLocation(control.redoLocation) > Math.min(limit, buffers / 2)
}

/** One that was made since the last checkpoint, which a fork would make again by replaying that: where the source has its own (H1). */
export const hasNewTablespace = ({ layout, control }: Inspection): boolean =>
  layout.tablespacesChangedAtMs >= control.checkpointAtSeconds * 1000
