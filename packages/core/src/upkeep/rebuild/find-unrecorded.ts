import type { Session } from '../../operation/operation.ts'
import { parsePartName } from '../../records/copy-names.ts'
import { forkStore } from '../../records/fork-record.ts'
import { snapshotStore } from '../../records/snapshot-record.ts'
import type { RecordStore } from '../../state/record-store.ts'
import type { Part, StoredPart } from '../../storage/driver/driver-set.ts'

/**
 * What carries our marks in the storage of these paths and is in no record of this state directory. Records are written before
 * what they name is made, and removed after it: what is there before and after they are read, and not in them, has none.
 *
 * @throws PgforkError `STATE_UNUSABLE` for a record that can't be read: nobody knows what it names
 */
export async function findUnrecorded(session: Session, paths: readonly string[]): Promise<StoredPart[]> {
  const before = await listStorage(session, paths)
  if (before.length === 0) return []
  const isRecorded = await readRecorded(session)
  const unrecorded = before.filter((part) => !isRecorded(part))
  if (unrecorded.length === 0) return []
  const after = new Set((await listStorage(session, paths)).map(keyOf))
  return unrecorded.filter((part) => after.has(keyOf(part)))
}

async function listStorage({ drivers, driverContext }: Session, paths: readonly string[]): Promise<StoredPart[]> {
  const found = new Map<string, StoredPart>()
  for (const path of paths)
    for (const part of await drivers.list(await drivers.locate(path, driverContext()), driverContext()))
      found.set(keyOf(part), part)
  return [...found.values()]
}

const keyOf = ({ driver, kind, name, volume, path }: StoredPart): string =>
  JSON.stringify([driver, kind, name, volume.id, path])

async function readRecorded({ state }: Session): Promise<(part: StoredPart) => boolean> {
  const forks = (await readAll(forkStore(state))).flatMap(({ clones }) => clones.map(groupOf))
  const snapshots = (await readAll(snapshotStore(state))).flatMap(({ parts }) => parts.map(groupOf))
  const known = { clone: new Set(forks), snapshot: new Set([...forks, ...snapshots]) }
  return (part) => known[part.kind].has(groupOf(part))
}

async function readAll<T extends { readonly name: string }>(store: RecordStore<T>): Promise<T[]> {
  const records: T[] = []
  for (const name of await store.names()) {
    const record = await store.find(name)
    if (record !== undefined) records.push(record)
  }
  return records
}

const groupOf = ({ driver, name }: Pick<Part, 'driver' | 'name'>): string =>
  `${driver} ${parsePartName(name)?.group ?? name}`
