import { join, relative } from 'node:path'
import { isPgforkError } from '../errors/pgfork-error.ts'
import type { Session } from '../operation/operation.ts'
import type { Inspection } from '../postgres/source/inspection.ts'
import { namer } from '../records/copy-names.ts'
import type { Part } from '../storage/driver/driver-set.ts'
import { type Consistency, withoutAtomicity } from './choose-consistency.ts'

/** A directory of the cluster on one of the volumes: index of its part, and its path below that volume's root. */
export interface Place {
  readonly part: number
  readonly path: string
}

interface LinkedPlace extends Place {
  readonly link: string
}

/** Which volumes are captured, where on them the cluster lies, and what makes the captured files agree. */
export interface SnapshotPlan {
  readonly parts: readonly Part[]
  readonly data: Place
  /** What the data directory's symbolic links lead to. */
  readonly links: readonly LinkedPlace[]
  readonly consistency: Consistency
}

/**
 * Finds the volumes of everything that belongs to the cluster (H1 - H3). Where they can't be captured at one instant (H4),
 * the WAL directory is left out: its files are copied at the end of the base backup, so that it may lie on any storage.
 *
 * @throws PgforkError what `DriverSet.locate` and `withoutAtomicity` throw
 */
export async function planSnapshot(
  session: Session,
  name: string,
  inspection: Inspection,
  isConnected: boolean,
): Promise<SnapshotPlan> {
  const { dataDirectory, layout } = inspection
  const parts: Part[] = []
  const partName = namer(name, session.state.identity)
  const placeOf = async (path: string): Promise<Place> => {
    const { driver, volume } = await session.drivers.locate(path, session.driverContext())
    const known = parts.findIndex((part) => part.volume.id === volume.id)
    const index = known === -1 ? parts.push({ driver, volume, name: partName(parts.length) }) - 1 : known
    return { part: index, path: relative((parts[index] as Part).volume.root, path) }
  }
  const data = await placeOf(dataDirectory)
  const links: LinkedPlace[] = []
  for (const { link, path } of layout.tablespaces) links.push({ ...(await placeOf(path)), link })
  const withoutWal = { parts: [...parts], data, links: [...links] }

  const wal = layout.wal === undefined ? 'inside' : await placeOf(layout.wal.path).catch(notServed)
  if (wal !== undefined) {
    if (wal !== 'inside') links.push({ ...wal, link: 'pg_wal' })
    if (await session.drivers.areCapturedAtOneInstant(parts)) return { parts, data, links, consistency: 'atomic' }
  }
  const consistency = withoutAtomicity(parts, inspection, isConnected)
  if (consistency === 'backup') return { ...withoutWal, consistency }
  // A stopped cluster needs the end of its WAL: without a driver for that volume there is no fork of it.
  if (wal === undefined && layout.wal !== undefined) await placeOf(layout.wal.path)
  return { parts, data, links, consistency }
}

function notServed(error: unknown): undefined {
  if (isPgforkError(error, 'DRIVER_NOT_APPLICABLE') || isPgforkError(error, 'DRIVER_NOT_FOUND')) return undefined
  throw error
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

export const unneededDirectories = ({ data }: SnapshotPlan): string[] => unneeded.map((name) => join(data.path, name))
