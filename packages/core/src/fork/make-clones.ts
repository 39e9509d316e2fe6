import { join } from 'node:path'
import { isPgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import type { Relink } from '../postgres/sanitize/relink.ts'
import { findClusterOnVolume } from '../postgres/source/find-cluster-on-volume.ts'
import type { ForkRecord } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import type { VolumePath } from '../snapshot/plan-snapshot.ts'
import type { VolumeClone } from '../storage/driver/driver-set.ts'

/** Where the copies of a fork are visible. */
export interface ClonedTree {
  readonly roots: readonly string[]
  readonly dataDirectory: string
  readonly links: readonly Relink[]
}

/**
 * Clones each copy of a snapshot, makes it visible and finds the cluster's directories in it. `onMissing` is told before this fails
 * because the storage of a copy isn't there: neither its clone nor a later one was begun (H72).
 *
 * @param afterwards a directory of the first clone whose files may still be copied until `finishClones`, in which order
 */
export async function makeClones(
  operation: Operation,
  snapshot: SnapshotRecord,
  fork: ForkRecord,
  onMissing: (index: number) => Promise<void>,
  afterwards?: Pick<VolumeClone, 'later' | 'last'>,
): Promise<ClonedTree> {
  for (const [index, clone] of fork.clones.entries()) {
    const copy = snapshot.copies[index]
    if (copy === undefined) throw new Error(`snapshot ${snapshot.name} has no copy ${index}`)
    const consumeSnapshot = fork.ownsSnapshot && !fork.resettable
    const wanted = { ...clone, snapshot: copy, consumeSnapshot, ...afterwards }
    await operation.drivers.clone(wanted, operation.driverContext()).catch(async (error: unknown) => {
      if (isPgforkError(error, 'STORAGE_MISSING')) await onMissing(index)
      throw error
    })
  }
  const roots: string[] = []
  for (const clone of fork.clones) roots.push(await operation.drivers.attach(clone, operation.driverContext()))
  const pathOf = ({ copy, path }: VolumePath): string => join(roots[copy] as string, path)
  const { source, data } = snapshot
  return {
    roots,
    dataDirectory:
      source.evidence === undefined
        ? pathOf(data)
        : findClusterOnVolume(roots[data.copy] as string, source.dataDirectory, data.path),
    links: snapshot.links.map((linked) => ({ link: linked.link, target: pathOf(linked) })),
  }
}

/** Returns when all files of a fork's clones are there. */
export async function finishClones(operation: Operation, { clones }: ForkRecord): Promise<void> {
  for (const clone of clones) await operation.drivers.finishClone(clone, operation.driverContext())
}

/** Makes clones that were attached its user's, who can change them at any time from then on (H59). */
export async function handOverClones(operation: Operation, { clones, owner }: ForkRecord): Promise<void> {
  for (const clone of clones) await operation.drivers.handOver(clone, owner, operation.driverContext())
}
