import { join } from 'node:path'
import { invalidOption } from '../../errors/invalid-option.ts'
import { messageOf } from '../../errors/message-of.ts'
import { type Operation, type OperationOptions, startOperation } from '../../operation/operation.ts'
import { operationShape } from '../../operation/operation-shape.ts'
import { checkOptions } from '../../options/check-options.ts'
import { path as checkPath, flag, type OptionShape } from '../../options/checks.ts'
import { identifySelf } from '../../process/process-identity.ts'
import { findUnrecorded } from '../../records/find-unrecorded.ts'
import { withNameLock } from '../../records/name-lock.ts'
import { restoreClaims } from '../../records/restore-claims.ts'
import { snapshotStore } from '../../records/snapshot-record.ts'
import { withLock } from '../../state/lock.ts'
import { isIdentity } from '../../state/state-identity.ts'
import { adoptFork, adoptRemains } from './adopt-fork.ts'
import { adoptSnapshot } from './adopt-snapshot.ts'
import { freeName } from './free-name.ts'
import { type CopyGroup, groupCopies } from './group-copies.ts'
import { inspectGroup } from './inspect-group.ts'
import type { StorageFinding } from './storage-finding.ts'

export interface RebuildStateOptions extends OperationOptions {
  /** A source, or another directory in its volume; several where its copies lie on several storages. */
  readonly path: string | readonly string[]
  /**
   * Of the lost state directory, as a dry run tells it. Without one, only what this very state directory made is rebuilt. Name
   * none whose state directory is still there: two would have the same forks.
   */
  readonly identity?: string
  /** Only tells what would be rebuilt. Default false. */
  readonly dryRun?: boolean
  /** The server's binaries, where they are not found in the usual places. Those that a fork names are not believed. */
  readonly binDirectory?: string
}

const shape: OptionShape<RebuildStateOptions> = {
  ...operationShape,
  path: (value, option, of) => [value].flat().forEach((each) => void checkPath(each, option, of)),
  identity: (value, option) => {
    if (typeof value !== 'string' || !isIdentity(value))
      throw invalidOption(option, 'what a dry run told as one: six of a-z and 0-9', value)
  },
  dryRun: flag,
  binDirectory: checkPath,
}

/**
 * Looks for snapshots and clones of ours that no record of the state directory names, for example after its loss, and gives
 * them records again. Whole forks can be opened, started and destroyed, but not reset; a running server is left running.
 * Snapshots can be removed (`openSnapshot(name)`, `destroy()`). Forks that were never finished, masking among it, can't be
 * opened, and are removed by the next `collectGarbage`.
 *
 * Time to live and protection are lost. A fork that some process is making while its record is lost counts as never finished.
 *
 * @returns what was found, that of other state directories included, which is left alone
 * @throws PgforkError `STATE_UNUSABLE` also for a record that can't be read: what it names can't be told; what `detectDriver` throws
 */
export async function rebuildState(options: RebuildStateOptions): Promise<StorageFinding[]> {
  checkOptions('rebuildState', options, shape)
  const paths = [options.path].flat() as string[]
  if (options.path === undefined || paths.length === 0) throw invalidOption('path', 'a path, or several', options.path)
  const operation = await startOperation(options)
  const { runner, signal, state, warn: onWarning } = operation
  // A collection must not come across a fork that has only half of its records.
  return withLock(join(state.locks, 'garbage'), { runner, signal, onWarning }, async () => {
    await restoreClaims(state)
    const located = await locateAll(operation, paths)
    const groups = groupCopies(await findUnrecorded(operation, located))
    const findings: StorageFinding[] = []
    for (const group of groups.sort((one, other) => (one.name < other.name ? -1 : 1)))
      findings.push(await rebuild(operation, group, options))
    return findings
  })
}

async function locateAll({ drivers, driverContext }: Operation, paths: readonly string[]) {
  const located = []
  for (const path of paths) located.push(await drivers.locate(path, driverContext()))
  return located
}

async function rebuild(operation: Operation, group: CopyGroup, options: RebuildStateOptions): Promise<StorageFinding> {
  const { kind, name, identity, clones, snapshots } = group
  const found = { kind, name, identity, items: [...clones, ...snapshots] }
  if (identity === undefined || (identity !== operation.state.identity && identity !== options.identity)) {
    const reason =
      identity === undefined
        ? 'It was not made by this version of pgfork.'
        : `Another state directory made it. If that one is lost, name its identity: ${identity}.`
    return { ...found, outcome: 'foreign', isFinished: undefined, reason }
  }
  try {
    return { ...found, ...(await (kind === 'snapshot' ? rebuildSnapshot : rebuildFork)(operation, group, options)) }
  } catch (error) {
    const reason = messageOf(error)
    return { ...found, outcome: 'failed', isFinished: undefined, reason }
  }
}

type Outcome = Pick<StorageFinding, 'name' | 'outcome' | 'isFinished' | 'reason'>

async function rebuildSnapshot(
  operation: Operation,
  group: CopyGroup,
  { dryRun }: RebuildStateOptions,
): Promise<Outcome> {
  const reason = 'A snapshot. It can be removed, but no more forks can be made of it: what its source was is lost.'
  if (dryRun === true) return { name: group.name, outcome: 'listed', isFinished: true, reason }
  const name = await freeName(group.name, [snapshotStore(operation.state)])
  const maker = await identifySelf(operation.runner)
  const { snapshots } = group
  await withNameLock(operation, name, () => adoptSnapshot(operation, { name, snapshots, maker, isForFork: false }))
  return { name, outcome: 'rebuilt', isFinished: true, reason }
}

async function rebuildFork(operation: Operation, group: CopyGroup, options: RebuildStateOptions): Promise<Outcome> {
  const isDryRun = options.dryRun === true
  const { name } = group
  const inspected = await inspectGroup(operation, group, isDryRun)
  if (inspected.state === 'unclear')
    return { name, outcome: isDryRun ? 'listed' : 'failed', isFinished: undefined, reason: inspected.reason }
  const isFinished = inspected.state === 'finished'
  const what = isFinished ? `A fork, at ${inspected.dataDirectory}.` : inspected.reason
  if (isDryRun) return { name, outcome: 'listed', isFinished, reason: what }
  const adopted = isFinished
    ? await adoptFork(operation, group, inspected, options.binDirectory)
    : await adoptRemains(operation, group, inspected.server)
  const next = isFinished ? [] : ['The next collection removes it.']
  const other = adopted.name === name ? [] : [`There is something named ${name} already.`]
  return {
    name: adopted.name,
    outcome: 'rebuilt',
    isFinished,
    reason: [what, ...next, ...other, ...adopted.notes].join(' '),
  }
}
