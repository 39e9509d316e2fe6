import type { Operation } from '../operation/operation.ts'
import type { StoredCopy, VolumeCopy } from '../storage/driver/driver-set.ts'
import { parseCopyName } from './copy-names.ts'
import { forkStore } from './fork-record.ts'
import { snapshotStore } from './snapshot-record.ts'
import type { StatusRecord, StatusStore } from './status-store.ts'

type LocatedVolume = Pick<VolumeCopy, 'driver' | 'volume'>

/**
 * What carries our marks in the storage of these volumes and is in no record of this state directory. Records are written before
 * what they name is made, and removed after it: what is there before and after they are read, and not in them, has none.
 *
 * @throws PgforkError `STATE_UNUSABLE` for a record that can't be read: nobody knows what it names
 */
export async function findUnrecorded(operation: Operation, volumes: readonly LocatedVolume[]): Promise<StoredCopy[]> {
  const before = await listStorage(operation, volumes)
  if (before.length === 0) return []
  const isRecorded = await readRecorded(operation)
  const unrecorded = before.filter((copy) => !isRecorded(copy))
  if (unrecorded.length === 0) return []
  const after = new Set((await listStorage(operation, volumes)).map(keyOf))
  return unrecorded.filter((copy) => after.has(keyOf(copy)))
}

async function listStorage(
  { drivers, driverContext }: Operation,
  volumes: readonly LocatedVolume[],
): Promise<StoredCopy[]> {
  const found = new Map<string, StoredCopy>()
  for (const volume of volumes)
    for (const copy of await drivers.list(volume, driverContext())) found.set(keyOf(copy), copy)
  return [...found.values()]
}

const keyOf = ({ driver, kind, name, volume, path }: StoredCopy): string =>
  JSON.stringify([driver, kind, name, volume.id, path])

async function readRecorded({ state }: Operation): Promise<(copy: StoredCopy) => boolean> {
  const forks = (await readAll(forkStore(state))).flatMap(({ clones }) => clones.map(groupOf))
  const snapshots = (await readAll(snapshotStore(state))).flatMap(({ copies }) => copies.map(groupOf))
  const known = { clone: new Set(forks), snapshot: new Set([...forks, ...snapshots]) }
  return (copy) => known[copy.kind].has(groupOf(copy))
}

async function readAll<R extends StatusRecord>(store: StatusStore<R>): Promise<R[]> {
  const records: R[] = []
  for (const name of await store.names()) {
    const record = await store.find(name)
    if (record !== undefined) records.push(record)
  }
  return records
}

/**
 * A name that we gave is no other copy's, whichever driver lists it: where a power cut has emptied the mark of one, every driver that keeps
 * copies in that folder takes it for its own.
 */
const groupOf = ({ driver, name }: Pick<VolumeCopy, 'driver' | 'name'>): string =>
  parseCopyName(name)?.group ?? `${driver} ${name}`
