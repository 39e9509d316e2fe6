import { join, relative } from 'node:path'
import { isPgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import type { Inspection } from '../postgres/source/inspection.ts'
import { namer } from '../records/copy-names.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'
import { type Consistency, withoutAtomicity } from './choose-consistency.ts'

/** A directory of the cluster on one of the volumes: index of its copy, and its path below that volume's root. */
export interface VolumePath {
  readonly copy: number
  readonly path: string
}

interface LinkedVolumePath extends VolumePath {
  readonly link: string
}

/** Which volumes are captured, where on them the cluster lies, and what makes the captured files agree. */
export interface SnapshotPlan {
  readonly copies: readonly VolumeCopy[]
  readonly data: VolumePath
  /** What the data directory's symbolic links lead to. */
  readonly links: readonly LinkedVolumePath[]
  readonly consistency: Consistency
}

/**
 * Finds the volumes of everything that belongs to the cluster (H1 - H3). Where they can't be captured at one instant (H4),
 * the WAL directory is left out: its files are copied at the end of the base backup, so that it may lie on any storage.
 *
 * @throws PgforkError what `DriverSet.locate` and `withoutAtomicity` throw
 */
export async function planSnapshot(
  operation: Operation,
  name: string,
  inspection: Inspection,
  isConnected: boolean,
): Promise<SnapshotPlan> {
  const { dataDirectory, layout } = inspection
  const copies: VolumeCopy[] = []
  const copyName = namer(name, operation.state.identity)
  const pathOf = async (path: string): Promise<VolumePath> => {
    const { driver, volume } = await operation.drivers.locate(path, operation.driverContext())
    const known = copies.findIndex((copy) => copy.volume.id === volume.id)
    const index = known === -1 ? copies.push({ driver, volume, name: copyName(copies.length) }) - 1 : known
    return { copy: index, path: relative((copies[index] as VolumeCopy).volume.root, path) }
  }
  const data = await pathOf(dataDirectory)
  const links: LinkedVolumePath[] = []
  for (const { link, path } of layout.tablespaces) links.push({ ...(await pathOf(path)), link })
  const withoutWal = { copies: [...copies], data, links: [...links] }

  const wal = layout.wal === undefined ? 'inside' : await pathOf(layout.wal.path).catch(notServed)
  if (wal !== undefined) {
    if (wal !== 'inside') links.push({ ...wal, link: 'pg_wal' })
    if (await operation.drivers.areCapturedAtOneInstant(copies)) return { copies, data, links, consistency: 'atomic' }
  }
  const consistency = withoutAtomicity(copies, inspection, isConnected)
  if (consistency === 'backup') return { ...withoutWal, consistency }
  // A stopped cluster needs the end of its WAL: without a driver for that volume there is no fork of it.
  if (wal === undefined && layout.wal !== undefined) await pathOf(layout.wal.path)
  return { copies, data, links, consistency }
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
