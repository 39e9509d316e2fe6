import { join } from 'node:path'
import type { Session } from '../operation/operation.ts'
import type { Relink } from '../postgres/sanitize/relink.ts'
import type { ForkRecord } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import type { Place } from '../snapshot/plan-snapshot.ts'

/** Where the parts of a fork are visible. */
export interface ClonedTree {
  readonly roots: readonly string[]
  readonly dataDirectory: string
  readonly links: readonly Relink[]
}

/** Clones each part of a snapshot, makes it visible and finds the cluster's directories in it. */
export async function makeClones(session: Session, snapshot: SnapshotRecord, fork: ForkRecord): Promise<ClonedTree> {
  for (const [index, clone] of fork.clones.entries()) {
    const part = snapshot.parts[index]
    if (part === undefined) throw new Error(`snapshot ${snapshot.name} has no part ${index}`)
    const consumeSnapshot = fork.ownsSnapshot && !fork.resettable
    await session.drivers.clone(
      { ...clone, snapshot: part, owner: fork.owner, consumeSnapshot },
      session.driverContext(),
    )
  }
  const roots: string[] = []
  for (const clone of fork.clones) roots.push(await session.drivers.attach(clone, session.driverContext()))
  const pathOf = ({ part, path }: Place): string => join(roots[part] as string, path)
  return {
    roots,
    dataDirectory: pathOf(snapshot.data),
    links: snapshot.links.map((linked) => ({ link: linked.link, target: pathOf(linked) })),
  }
}
