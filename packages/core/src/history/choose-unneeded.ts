import { chooseExpired, isFull, type KeepRule } from './keep-rules.ts'

interface Timed {
  readonly createdAt: Date
}

/**
 * Which snapshots of a history go: those that no rule keeps, but for the ones without which moments were lost that lie between two others.
 * WAL leads on from a snapshot and never back to one, so these stay as well:
 *
 * - the oldest, as long as a rule may keep more periods than there are: a history that has just begun reaches back to its beginning;
 * - the first one behind a gap that leads to one that is kept, unless that is the oldest: the WAL behind it is kept anyway.
 *
 * @param snapshots the oldest first
 * @param leadsOn whether WAL is kept from a snapshot to the next one
 */
export function chooseUnneeded<Snapshot extends Timed>(
  snapshots: readonly Snapshot[],
  rules: readonly KeepRule[],
  leadsOn: (snapshot: Snapshot, next: Snapshot) => boolean,
): Snapshot[] {
  const expired = new Set(chooseExpired(snapshots, rules))
  if (!rules.every((rule) => isFull(rule, snapshots))) expired.delete(snapshots[0] as Snapshot)
  let isBehindOldest = false
  /** Behind the last gap, if it isn't kept yet. */
  let first: Snapshot | undefined
  snapshots.forEach((snapshot, index) => {
    const previous = snapshots[index - 1]
    if (previous === undefined || !leadsOn(previous, snapshot)) first = snapshot
    if (expired.has(snapshot)) return
    if (isBehindOldest && first !== undefined) expired.delete(first)
    isBehindOldest = true
    first = undefined
  })
  return snapshots.filter((snapshot) => expired.has(snapshot))
}
