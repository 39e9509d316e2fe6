import { join, relative } from 'node:path'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import type { Inspection, RemoteVolume } from '../postgres/source/inspection.ts'
import { namer } from '../records/copy-names.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'
import { type Consistency, isClean, withoutAtomicity } from './choose-consistency.ts'

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
  const { dataDirectory, layout, remote, place } = inspection
  if (remote !== undefined) return planRemote(operation, name, inspection, remote)
  const copies: VolumeCopy[] = []
  const copyName = namer(name, operation.state.identity, place)
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
    if (await operation.drivers.areCapturedAtOneInstant(copies)) {
      if (await operation.drivers.captureFlushedOnly(copies)) refuseUnflushed(inspection)
      return { copies, data, links, consistency: 'atomic' }
    }
  }
  const consistency = withoutAtomicity(copies, inspection, isConnected)
  if (consistency === 'backup') return { ...withoutWal, consistency }
  // A stopped cluster needs the end of its WAL: without a driver for that volume there is no fork of it.
  if (wal === undefined && layout.wal !== undefined) await pathOf(layout.wal.path)
  return { copies, data, links, consistency }
}

/** Of a source on another host: everything lies on one volume, as the proof of its image sees to. */
async function planRemote(
  operation: Operation,
  name: string,
  inspection: Inspection,
  { volume: reference, directory = '' }: RemoteVolume,
): Promise<SnapshotPlan> {
  const { drivers } = operation
  refuseUnflushed(inspection)
  const located = await drivers.resolve(reference, operation.driverContext())
  const copies = [{ ...located, name: namer(name, operation.state.identity, undefined)(0) }]
  if (await drivers.areCapturedAtOneInstant(copies))
    return { copies, data: { copy: 0, path: directory }, links: [], consistency: 'atomic' }
  throw new PgforkError(
    'DRIVER_UNSUPPORTED',
    `The driver ${located.driver} can't capture ${reference.volume} at one instant, which the volume of another host must be.`,
    { hazard: 'H4', facts: { volume: reference.volume } },
  )
}

/**
 * A snapshot below the file system is what a power cut leaves (H96): a server that doesn't flush loses what it had committed, and may not come up
 * again; without images of whole pages, one that was half written stays so.
 *
 * @throws PgforkError `SETTING_REFUSED`
 */
function refuseUnflushed(inspection: Inspection): void {
  const { settings, dataDirectory } = inspection
  const names = ['fsync', ...(isClean(inspection) ? [] : ['full_page_writes'])]
  const off = names.filter((name) => settings[name] === 'off')
  if (off.length === 0) return
  throw new PgforkError(
    'SETTING_REFUSED',
    `${dataDirectory} has ${off.join(' and ')} off, and a snapshot of its storage is what a power cut would leave: its forks would lose what was committed, ` +
      `or hold torn pages. Turn ${off.join(' and ')} on, make a checkpoint, and try again. A fork that is to be forked must not be a throwaway one.`,
    { hazard: 'H96', facts: { dataDirectory, settings: off } },
  )
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
