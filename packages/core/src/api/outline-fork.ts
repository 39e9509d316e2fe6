import { join } from 'node:path'
import { openArchive } from '../fork/archives.ts'
import { findBase } from '../history/find-base.ts'
import { type Operation, startOperation } from '../operation/operation.ts'
import { namer } from '../records/copy-names.ts'
import { type SnapshotRecord, snapshotStore } from '../records/snapshot-record.ts'
import { planSnapshot, unneededDirectories } from '../snapshot/plan-snapshot.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'
import type { CloneRequest, Command } from '../storage/driver/snapshot-driver.ts'
import type { CreateForkOptions } from './options/create-fork-options.ts'
import { inspectGiven, locateDataDirectory } from './options/locate-source.ts'
import { type ResolvedForkOptions, readForkOptions } from './options/read-options.ts'
import { isResettable, nameOfFork, nameOfSource } from './plan-fork.ts'

/** Stands in words for characters that are chosen when a fork is made. */
const chosenThen = '<random>'

/** What `createFork` would run, once it has looked at the source. */
export interface ForkOutline {
  /** In order, with all their words. */
  readonly commands: readonly Command[]
  /** What else may be run, and on what that depends; a sentence each. */
  readonly open: readonly string[]
}

/** What is to be copied, or was. */
interface Outlined {
  /** Of the fork. */
  readonly name: string
  /** Left out of a fork from a snapshot that is there. */
  readonly omit?: readonly string[]
  readonly ownsSnapshot: boolean
  readonly copies: readonly VolumeCopy[]
  readonly data: SnapshotRecord['data']
  readonly source: Pick<SnapshotRecord['source'], 'binDirectory' | 'hasChecksums' | 'place' | 'systemIdentifier'>
  /** Its volume is mounted on another host, where alone it is known which directory of it the cluster is in. */
  readonly isRemote: boolean
}

/**
 * Tells what `createFork` with these options would run. Looks at the source and its storage, and changes nothing.
 *
 * @throws PgforkError what `createFork` throws in its steps `inspect` and `plan`
 */
export async function outlineFork(options: CreateForkOptions): Promise<ForkOutline> {
  const resolved = readForkOptions(options)
  const operation = await startOperation(resolved)
  const outlined = await findCopies(operation, resolved)
  const { name, data, source } = outlined
  const { commands: copying, paths, silent } = await outlineCopies(operation, resolved, outlined)
  const path = outlined.isRemote && data.path === '' ? '<data directory>' : data.path
  const dataDirectory = join(paths[data.copy] ?? '', path)
  const claiming = resolved.timeline === 'keep' ? [] : await outlineClaim(operation, outlined)
  const open = silent.map((driver) => `The storage driver ${driver} doesn't tell its commands before.`)
  if (resolved.moment !== undefined)
    open.push('Much WAL on the way to the moment is replayed first, by the same command with another data directory.')
  if ((resolved.moment?.restoreCommands ?? []).length > 0)
    open.push('A restore_command fetches each segment that is missing here.')
  if (source.place !== undefined)
    open.push('The container in which the server runs is made by commands of its engine, which depend on the image.')
  const server = source.place === undefined ? outlineServer(resolved, source, dataDirectory) : []
  const hide = hiding(name, resolved.name === undefined, operation.state.identity)
  return { commands: [...copying, ...claiming, ...server].map((words) => words.map(hide)), open }
}

/** What keeps the fork's timeline from those of other hosts. */
async function outlineClaim(
  { drivers, driverContext }: Operation,
  { name, copies, source }: Outlined,
): Promise<Command[]> {
  for (const { driver, volume } of copies) {
    if ((await drivers.claimsOf({ driver })) === undefined) continue
    const outline = await drivers.outlineOf({ driver })
    return (await outline?.claim?.(volume, `${source.systemIdentifier}.<timeline>`, name, driverContext())) ?? []
  }
  return []
}

async function findCopies(operation: Operation, resolved: ResolvedForkOptions): Promise<Outlined> {
  const { source: given, moment } = resolved
  if (given.kind === 'snapshot') {
    const { name, createdAt } = given.snapshot
    const request = { name, createdAt: createdAt.toISOString() }
    return ofSnapshot(resolved, await snapshotStore(operation.state).requireReady(request))
  }
  if (moment !== undefined) {
    await using archive = openArchive(operation, moment.restoreCommands)
    const { snapshot } = await findBase(operation, await locateDataDirectory(given, operation), { ...moment, archive })
    return ofSnapshot(resolved, snapshot)
  }
  const { source, dataDirectory } = await inspectGiven(given, operation)
  await using inspected = source
  const { inspection, client } = inspected
  const name = nameOfFork(resolved, nameOfSource(given, dataDirectory))
  const plan = await planSnapshot(operation, name, inspection, client !== undefined)
  const { binDirectory, control, place, remote } = inspection
  return {
    ...{ name, copies: plan.copies, data: plan.data, ownsSnapshot: true, isRemote: remote !== undefined },
    ...(plan.consistency === 'backup' ? { omit: unneededDirectories(plan) } : {}),
    source: {
      ...{ binDirectory, hasChecksums: control.hasChecksums, systemIdentifier: control.systemIdentifier },
      ...(place && { place }),
    },
  }
}

const ofSnapshot = (resolved: ResolvedForkOptions, snapshot: SnapshotRecord): Outlined => ({
  ...{ copies: snapshot.copies, data: snapshot.data, source: snapshot.source },
  name: nameOfFork(resolved, snapshot.source.dataDirectory),
  ownsSnapshot: false,
  isRemote: snapshot.source.evidence !== undefined,
})

interface OutlinedCopies {
  readonly commands: readonly Command[]
  /** Where the clones are visible. */
  readonly paths: readonly string[]
  /** Drivers that don't tell. */
  readonly silent: readonly string[]
}

/** As `DriverSet.snapshot` and `makeClones` go about it. */
async function outlineCopies(
  operation: Operation,
  resolved: ResolvedForkOptions,
  { name, copies, omit, ownsSnapshot, source }: Outlined,
): Promise<OutlinedCopies> {
  const { drivers, state } = operation
  const context = operation.driverContext()
  const names = [...new Set(copies.map(({ driver }) => driver))]
  const outlines = new Map(
    await Promise.all(names.map(async (driver) => [driver, await drivers.outlineOf({ driver })] as const)),
  )
  const singleUse = ownsSnapshot && !isResettable(resolved, copies)
  const nameOf = namer(name, state.identity, source.place)
  const clones = copies.map((snapshot, index): CloneRequest & { driver: string } => ({
    ...{ driver: snapshot.driver, volume: snapshot.volume, snapshot, consumeSnapshot: singleUse },
    name: ownsSnapshot ? snapshot.name : nameOf(index),
  }))
  const commands: Command[] = []
  const paths: string[] = []
  if (ownsSnapshot)
    for (const driver of names) {
      const snapshots = copies.filter((copy) => copy.driver === driver)
      const request = { ...(omit && { omit }), singleUse, snapshots }
      commands.push(...((await outlines.get(driver)?.snapshot(request, context)) ?? []))
    }
  for (const clone of clones) commands.push(...((await outlines.get(clone.driver)?.clone(clone, context)) ?? []))
  for (const clone of clones) {
    const attached = await outlines.get(clone.driver)?.attach(clone, context)
    commands.push(...(attached?.commands ?? []))
    paths.push(attached?.path ?? '<clone>')
  }
  return { commands, paths, silent: names.filter((driver) => outlines.get(driver) === undefined) }
}

function outlineServer(
  { afterStart }: ResolvedForkOptions,
  { binDirectory, hasChecksums }: Outlined['source'],
  dataDirectory: string,
): Command[] {
  const start = [join(binDirectory, 'postgres'), '-D', dataDirectory]
  if (!afterStart.isDeep || !hasChecksums) return [start]
  return [start, [join(binDirectory, 'pg_checksums'), '-D', dataDirectory], start]
}

/** Puts `<random>` in the place of what was chosen only for these words. LVM has no underscores in names, and what we choose has none. */
function hiding(name: string, isNameChosen: boolean, identity: string): (word: string) => string {
  const readable = name.slice(0, name.lastIndexOf('-'))
  const copies = new RegExp(`(?<=\\.${identity})[a-z0-9]{5}(?![a-z0-9])`, 'g')
  return (word) => {
    const hidden = word.replaceAll(copies, chosenThen)
    return isNameChosen ? hidden.replaceAll(`${name}.`, `${readable}-${chosenThen}.`) : hidden
  }
}
