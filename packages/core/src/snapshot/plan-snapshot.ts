import { join, relative } from 'node:path'
import type { DriverContext } from '../driver/driver-context.ts'
import type { SnapshotDriver, SnapshotReference, Volume } from '../driver/snapshot-driver.ts'
import type { Inspection } from '../source/inspection.ts'

/** A directory of the cluster on one of the volumes: index of its part, and its path below that volume's root. */
export interface Place {
  readonly part: number
  readonly path: string
}

export interface LinkedPlace extends Place {
  readonly link: string
}

/** Which volumes hold the cluster, and where on them. */
export interface SnapshotPlan {
  readonly parts: readonly SnapshotReference[]
  readonly data: Place
  /** What the data directory's symbolic links lead to. */
  readonly links: readonly LinkedPlace[]
}

/** Finds the volumes of everything that belongs to the cluster (H1 - H3). Names are the snapshot's with a number behind. */
export async function planSnapshot(
  name: string,
  inspection: Inspection,
  driver: SnapshotDriver,
  context: DriverContext,
): Promise<SnapshotPlan> {
  const volumes: Volume[] = []
  const placeOf = async (path: string): Promise<Place> => {
    const volume = await driver.locate(path, context)
    const known = volumes.findIndex(({ id }) => id === volume.id)
    const part = known === -1 ? volumes.push(volume) - 1 : known
    return { part, path: relative((volumes[part] as Volume).root, path) }
  }
  const data = await placeOf(inspection.dataDirectory)
  const { wal, tablespaces } = inspection.layout
  const links: LinkedPlace[] = []
  for (const { link, path } of wal === undefined ? tablespaces : [...tablespaces, wal])
    links.push({ ...(await placeOf(path)), link })
  const parts = volumes.map((volume, index) => ({ volume, name: index === 0 ? name : `${name}.${index}` }))
  return { parts, data, links }
}

/** Directories whose content a copy of a running cluster leaves out (manual, "Backing Up the Data Directory"). */
const unneeded = [
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]

export const unneededDirectories = (plan: SnapshotPlan): string[] => unneeded.map((name) => join(plan.data.path, name))
