import type { SnapshotDriver, Volume } from '@pgfork/core'
import type { CloneReference, DriverContext, SnapshotReference } from '@pgfork/core/driver'
import { serverUser } from '../system/server-user.ts'

/** The user that servers run as: an ordinary one. */
export const postgres = serverUser ?? { uid: 0, gid: 0 }

export async function takeSnapshot(
  driver: SnapshotDriver,
  volume: Volume,
  name: string,
  context: DriverContext,
  omit: readonly string[] = [],
): Promise<SnapshotReference> {
  const snapshot = { volume, name }
  await driver.snapshot({ snapshots: [snapshot], omit }, context)
  return snapshot
}

export async function makeClone(
  driver: SnapshotDriver,
  snapshot: SnapshotReference,
  name: string,
  context: DriverContext,
): Promise<CloneReference & { readonly path: string }> {
  const clone = { volume: snapshot.volume, name }
  await driver.clone({ ...clone, snapshot }, context)
  const path = await driver.attach(clone, context)
  await driver.handOver(clone, postgres, context)
  return { ...clone, path }
}
