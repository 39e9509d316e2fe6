import { messageOf } from '../errors/message-of.ts'
import type { Operation } from '../operation/operation.ts'
import { parseLocation } from '../postgres/files/location.ts'
import type { ReachableMoment } from '../postgres/wal/read-end.ts'
import { timestampOf } from '../postgres/wal/timestamps.ts'
import type { HistoryRecord } from '../records/history-record.ts'
import { type SnapshotRecord, snapshotStore } from '../records/snapshot-record.ts'
import { isReady } from '../records/transitions.ts'

/** A snapshot from which WAL leads on to any moment. */
export type BaseSnapshot = SnapshotRecord & { readonly reached: NonNullable<SnapshotRecord['reached']> }

/**
 * All finished snapshots of a cluster that moments can be reached from, whoever took them; those of each timeline from the oldest on. One whose record can't be
 * read is left out with a warning.
 */
export const baseSnapshots = async (operation: Operation, history: SnapshotsOf): Promise<BaseSnapshot[]> =>
  (await readBaseSnapshots(operation, history)).snapshots

type SnapshotsOf = Pick<HistoryRecord, 'dataDirectory' | 'systemIdentifier'>

/** The same, and whether any was left out. */
export async function readBaseSnapshots(
  { state, warn }: Operation,
  { dataDirectory, systemIdentifier }: SnapshotsOf,
): Promise<{ readonly snapshots: BaseSnapshot[]; readonly areAll: boolean }> {
  const store = snapshotStore(state)
  const found: BaseSnapshot[] = []
  let areAll = true
  for (const name of await store.names()) {
    try {
      const record = await store.find(name)
      if (record === undefined || !isReady(record) || record.isForFork === true || record.isRebuilt === true) continue
      const { source, reached } = record
      const isOfSource = source.dataDirectory === dataDirectory && source.systemIdentifier === systemIdentifier
      if (isOfSource && reached !== undefined) found.push({ ...record, reached })
    } catch (error) {
      areAll = false
      warn(`The snapshot ${name} is left out. ${messageOf(error)}`)
    }
  }
  return { snapshots: found.sort(inOrder), areAll }
}

export const isOf =
  ({ name }: HistoryRecord) =>
  ({ history }: SnapshotRecord): boolean =>
    history === name

/** A source that was put back to an older state begins a new timeline at an older location (H108). Where nothing is written, the location stays. */
export const inOrder = (one: BaseSnapshot, other: BaseSnapshot): number =>
  one.source.timeline - other.source.timeline ||
  locationOf(one) - locationOf(other) ||
  Date.parse(one.createdAt) - Date.parse(other.createdAt)

/** From here on, WAL leads on from it: there a record begins. */
export const locationOf = ({ reached }: BaseSnapshot): number => parseLocation(reached.location)

/** When it was taken, in microseconds since 2000-01-01 UTC. */
export const timeOf = ({ reached }: BaseSnapshot): bigint => timestampOf(new Date(reached.time))

/**
 * Where the search for a time begins: at the one whose own time comes closest before it, and of several of that time at the newest. A newer one may have
 * been taken while the clock was behind, and then hold what was committed after the time that is looked for (H107).
 *
 * @param snapshots the oldest first
 * @returns its index; -1 where all were taken later
 */
export function indexBefore(snapshots: readonly BaseSnapshot[], time: bigint): number {
  let found = -1
  let latest: bigint | undefined
  snapshots.forEach((snapshot, index) => {
    const taken = timeOf(snapshot)
    if (taken > time || (latest !== undefined && taken < latest)) return
    found = index
    latest = taken
  })
  return found
}

/** The first segment of which something is needed for the moments behind a snapshot; those before lie in it. */
export const firstSegmentOf = (snapshot: BaseSnapshot, segmentBytes: number): number =>
  Math.floor(locationOf(snapshot) / segmentBytes)

/** The first segment of which something is needed for the moments behind any of them; infinite for none. */
export const firstNeeded = (snapshots: readonly BaseSnapshot[], segmentBytes: number): number =>
  snapshots.reduce(
    (first, snapshot) => Math.min(first, firstSegmentOf(snapshot, segmentBytes)),
    Number.POSITIVE_INFINITY,
  )

/** The first moment that it leads to. */
export const momentOf = ({ reached: { location, time } }: BaseSnapshot): ReachableMoment => ({ location, time })
