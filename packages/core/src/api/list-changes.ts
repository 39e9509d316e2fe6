import { readCoverage } from '../history/coverage.ts'
import { noHistory } from '../history/find-base.ts'
import { openHistoryFolder } from '../history/history-folder.ts'
import { baseSnapshots } from '../history/history-snapshots.ts'
import { type Connect, RelationNames } from '../history/name-relations.ts'
import { readChanges } from '../history/read-changes.ts'
import { type Operation, startOperation } from '../operation/operation.ts'
import { checkOptions } from '../options/check-options.ts'
import { formatLocation } from '../postgres/files/location.ts'
import { systemTables } from '../postgres/files/system-tables.ts'
import { readMoment } from '../postgres/moment/moment.ts'
import { openWal } from '../postgres/moment/open-wal.ts'
import { inspectSource } from '../postgres/source/inspect-source.ts'
import type { RelationFile } from '../postgres/wal/record-layout.ts'
import { formatTimestamp } from '../postgres/wal/timestamps.ts'
import type { CommittedChanges } from '../postgres/wal/transaction-changes.ts'
import { findHistory } from '../records/history-record.ts'
import type { ListChangesOptions } from './options/history-options.ts'
import { locateDataDirectory, locateSource } from './options/locate-source.ts'
import { type GivenCluster, readGivenCluster } from './options/read-source.ts'
import { listChangesShape } from './options/shapes.ts'

/** A file of a table, an index or the like, as the WAL names it. */
export interface ChangedRelation {
  /** With its schema, as SQL takes it; undefined where the source isn't running, or doesn't have this file any more, nor has `namesFrom`. */
  readonly name: string | undefined
  /** The numbers by which `pg_filenode_relation(tablespace, file)` finds it in a fork of a moment at which it was there. */
  readonly tablespace: number
  readonly file: number
}

/** Rows that a transaction changed. */
export interface TableChanges extends ChangedRelation {
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
}

/** A transaction that was committed, and changed tables of users. */
export interface TransactionChanges {
  /** Of the commit, by the source's clock, in ISO 8601 with microseconds. */
  readonly time: string
  /** Where its commit begins: as `at`, it names the moment right before. */
  readonly location: string
  readonly transaction: number
  /** Undefined where its name isn't known, or it is gone. */
  readonly database: string | undefined
  readonly tables: readonly TableChanges[]
  /** Files that were given up. */
  readonly removed: readonly ChangedRelation[]
  /** Number and name of the database that was dropped, if one was; the name as of `database`. */
  readonly droppedDatabase: { readonly number: number; readonly name: string | undefined } | undefined
  /** It had begun before the WAL that was read, and may have changed more than is told here. Ask for the changes from an earlier moment on. */
  readonly isPartial: boolean
  /**
   * Why: relations were dropped, or truncated or rewritten (`TRUNCATE`, `VACUUM FULL`, `CLUSTER`, some of `ALTER TABLE`), which gives them new
   * files; undefined where none were.
   */
  readonly removal: 'dropped' | 'rewritten' | 'dropped or rewritten' | undefined
}

/**
 * Tells what was committed, in the order of the WAL, to find the mistake and its transaction: `createFork({ source, at: { before } })`. It is
 * read from the history of a cluster and its `pg_wal`, while it is told. Changes of the system's tables alone are left out, and so is what
 * a transaction did before the last snapshot in front of `from` was taken: such a one is told with `isPartial`, whatever `atLeast` says.
 *
 * @example
 * for await (const { time, transaction, tables } of listChanges({ source: '/srv/pg/main', from: '2026-01-05T14:00:00+01:00' }))
 *   console.log(time, transaction, tables)
 *
 * @throws PgforkError `HISTORY_NOT_FOUND`, `INVALID_OPTION`
 */
export async function* listChanges(options: ListChangesOptions): AsyncGenerator<TransactionChanges> {
  checkOptions('listChanges', options, listChangesShape)
  const { from, to, atLeast = 1, namesFrom } = options
  const given = readGivenCluster(options.source)
  const others = namesFrom === undefined ? [] : [readGivenCluster(namesFrom)]
  const operation = await startOperation(options)
  const dataDirectory = await locateDataDirectory(given, operation)
  const history = await findHistory(operation.state, dataDirectory)
  if (history === undefined) throw noHistory(dataDirectory)
  const { segmentBytes, major, walDirectory } = history
  using folder = openHistoryFolder(history)
  using wal = await openWal(history, [walDirectory])
  const stretches = await readCoverage({
    ...{ folder, wal, segmentBytes, major },
    snapshots: await baseSnapshots(operation, history),
  })
  const names = await openNames(operation, [given, ...others])
  const batches = readChanges({
    ...{ stretches, wal, segmentBytes, major, signal: operation.signal },
    from: from === undefined ? undefined : readMoment(from, 'from'),
    to: to === undefined ? undefined : readMoment(to, 'to'),
  })
  for await (const batch of batches) {
    const large = batch.filter((committed) => sizeOf(committed) >= atLeast)
    await names.learn(unknownOf(large, names))
    if (large.some(({ droppedDatabase }) => droppedDatabase !== undefined)) await names.learnDatabases()
    // Tables of the system are known by then.
    const wanted = large
      .map((committed) => ofUsers(committed, names))
      .filter((committed) => sizeOf(committed) >= atLeast)
    for (const committed of wanted) yield describe(committed, names)
  }
}

/** What is removed counts as more than any number of rows, and so does what isn't known. */
const sizeOf = ({ files, end, droppedDatabase, isPartial }: CommittedChanges): number =>
  end.droppedFiles.length > 0 || droppedDatabase !== undefined || isPartial
    ? Number.POSITIVE_INFINITY
    : files.reduce((sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted, 0)

/** Those that come first are asked first. One that can't be asked tells no names, and all else can be told without. */
async function openNames(operation: Operation, servers: readonly GivenCluster[]): Promise<RelationNames> {
  const connects: Connect[] = []
  for (const server of servers)
    try {
      const source = await inspectSource(await locateSource(server, operation), operation)
      await source.endSession()
      if (source.connect !== undefined) connects.push(source.connect)
    } catch {
      // It is gone, for example.
    }
  return new RelationNames(connects)
}

function unknownOf(batch: readonly CommittedChanges[], names: RelationNames): RelationFile[] {
  const unknown: RelationFile[] = []
  for (const { files, end } of batch) {
    for (const { relation } of files) if (!names.knows(relation)) unknown.push(relation)
    for (const relation of end.droppedFiles) unknown.push(relation)
  }
  return unknown
}

/** Without the tables of the system that have got other files. What is gone from them may be rows of `pg_class`. */
function ofUsers(committed: CommittedChanges, names: RelationNames): CommittedChanges {
  const files = committed.files.filter(({ relation }) => names.systemTableOf(relation) === undefined)
  if (files.length === committed.files.length) return committed
  const hasDropped =
    committed.hasDropped ||
    committed.files.some(
      ({ relation, deleted }) => deleted > 0 && names.systemTableOf(relation) === systemTables.pgClass,
    )
  return { ...committed, files, hasDropped }
}

function describe(committed: CommittedChanges, names: RelationNames): TransactionChanges {
  const { end, location, files, droppedDatabase, isPartial } = committed
  const database = end.database || files[0]?.relation.database
  return {
    time: formatTimestamp(end.time),
    location: formatLocation(location),
    transaction: end.transaction,
    database: database === undefined ? undefined : names.databaseOf(database),
    tables: files.map(({ relation, inserted, updated, deleted }) => ({
      name: names.nameOf(relation),
      tablespace: relation.tablespace,
      file: relation.file,
      inserted,
      updated,
      deleted,
    })),
    removed: end.droppedFiles.map((relation) => ({
      name: names.nameOf(relation),
      tablespace: relation.tablespace,
      file: relation.file,
    })),
    droppedDatabase:
      droppedDatabase === undefined ? undefined : { number: droppedDatabase, name: names.databaseOf(droppedDatabase) },
    isPartial,
    removal: whyRemoved(committed, names),
  }
}

function whyRemoved(
  { end, files, hasDropped, hasNewFiles, droppedDatabase }: CommittedChanges,
  names: RelationNames,
): TransactionChanges['removal'] {
  if (droppedDatabase !== undefined) return 'dropped'
  if (end.droppedFiles.length === 0) return undefined
  // That may be `pg_class`, in another file.
  const isUnknown = files.some(({ relation, deleted }) => deleted > 0 && names.nameOf(relation) === undefined)
  if (hasDropped === hasNewFiles || (isUnknown && !hasDropped)) return 'dropped or rewritten'
  return hasDropped ? 'dropped' : 'rewritten'
}
