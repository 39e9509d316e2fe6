import { join } from 'node:path'
import type { Operation } from '../../operation/operation.ts'
import { planOutsideFolder } from '../../postgres/files/socket-directory.ts'
import type { ServerPlace } from '../../postgres/server/server-launcher.ts'
import { findBinaries } from '../../postgres/source/find-binaries.ts'
import { identifySelf, lostProcess } from '../../process/process-identity.ts'
import { parseCopyName } from '../../records/copy-names.ts'
import type { ForkFile } from '../../records/fork-file.ts'
import { type ForkRecord, forkStore } from '../../records/fork-record.ts'
import { withNameLock } from '../../records/name-lock.ts'
import { type SnapshotRecord, snapshotStore } from '../../records/snapshot-record.ts'
import { Claims } from '../../state/claims.ts'
import { adoptSnapshot } from './adopt-snapshot.ts'
import { copyOf } from './copy-of.ts'
import { freeName } from './free-name.ts'
import type { CopyGroup } from './group-copies.ts'
import type { CutOffServer, FinishedFork } from './inspect-group.ts'

export interface Adopted {
  readonly name: string
  /** What couldn't be had back. */
  readonly notes: readonly string[]
}

/**
 * Gives a finished fork its record again. Its process is still the one that made it: a fork that was to end with it does.
 *
 * @throws PgforkError `BINARIES_NOT_FOUND`, `VERSION_MISMATCH`, `STATE_UNUSABLE`
 */
export async function adoptFork(
  operation: Operation,
  group: CopyGroup,
  { file, dataDirectory, owner, socketDirectory, outsideDirectory }: FinishedFork,
  given: string | undefined,
): Promise<Adopted> {
  const { createdAt, maker, lifetime, port, role, database, sourceTimeline, timeline, systemIdentifier, major } = file
  const { durability, changes, moment } = file
  const place = placeOf(group, file)
  const binDirectory =
    place === undefined ? await findBinaries({ owner, major, binDirectory: given }, operation.runner) : ''
  return record(operation, group, 'finished', {
    ...{ createdAt, maker, lifetime, owner, outsideDirectory, durability, changes },
    ...{ role, database, sourceTimeline, systemIdentifier, major, binDirectory },
    ...(timeline === undefined ? {} : { timeline }),
    ...(moment === undefined ? {} : { moment: { ...moment, wal: [] } }),
    server: { dataDirectory, socketDirectory, port, ...(place === undefined ? {} : { place }) },
  })
}

/**
 * A file of the fork's user may say that it runs in a container, which nothing is started in then; that it doesn't is for the name in storage to say,
 * since he would have left his container by it (H117).
 */
function placeOf({ clones: [first] }: CopyGroup, file: ForkFile): ServerPlace | undefined {
  const isPlaced = first !== undefined && parseCopyName(first.name)?.isPlaced === true
  return isPlaced || file.place !== undefined ? { kind: 'container' } : undefined
}

/** Records what is left of a fork that was never finished, as what it is: garbage, with the server that may run in it. */
export function adoptRemains(
  operation: Operation,
  group: CopyGroup,
  server: CutOffServer | undefined,
): Promise<Adopted> {
  return record(operation, group, 'remains', {
    ...{ createdAt: new Date().toISOString(), maker: lostProcess(), lifetime: 'process' },
    ...{ sourceTimeline: 0, systemIdentifier: '0', major: 0, binDirectory: '', role: 'postgres', database: 'postgres' },
    ...{ durability: 'throwaway', changes: [], owner: server?.owner ?? { uid: 0, gid: 0 } },
    outsideDirectory: server?.outsideDirectory ?? planOutsideFolder(),
    ...(server === undefined ? {} : { server: serverOf(server) }),
  })
}

const serverOf = ({ dataDirectory, socketDirectory, port }: CutOffServer): NonNullable<ForkRecord['server']> => ({
  dataDirectory,
  socketDirectory,
  port,
})

/** All but what the group of its copies tells. */
type Described = Pick<
  ForkRecord,
  | ('createdAt' | 'maker' | 'lifetime' | 'owner' | 'outsideDirectory' | 'server' | 'role' | 'database')
  | (
      | 'timeline'
      | 'sourceTimeline'
      | 'systemIdentifier'
      | 'major'
      | 'binDirectory'
      | 'durability'
      | 'changes'
      | 'moment'
    )
>

/**
 * The record of the fork last: whoever fails or is killed before leaves claims and a snapshot without a fork, which collections
 * take for garbage.
 */
async function record(
  operation: Operation,
  group: CopyGroup,
  found: 'finished' | 'remains',
  described: Described,
): Promise<Adopted> {
  const { state } = operation
  const [forks, snapshots] = [forkStore(state), snapshotStore(state)]
  const ownsSnapshot = group.snapshots.length > 0
  const name = await freeName(group.name, ownsSnapshot ? [forks, snapshots] : [forks])
  return withNameLock(operation, name, async () => {
    let snapshot: SnapshotRecord | undefined
    try {
      const notes = found === 'finished' ? await claim(operation, name, described) : []
      const maker = await identifySelf(operation.runner)
      if (ownsSnapshot)
        snapshot = await adoptSnapshot(operation, { name, snapshots: group.snapshots, maker, isForFork: true })
      const clones = group.clones.map(copyOf)
      const kept = snapshot && { snapshot: { name, createdAt: snapshot.createdAt } }
      const fork = { version: 1 as const, name, ...kept, ownsSnapshot, resettable: false, clones, ...described }
      await (found === 'finished' ? forks.adopt(fork) : forks.begin(fork))
      return { name, notes }
    } catch (error) {
      if (snapshot !== undefined) await snapshots.unadopt(snapshot)
      throw error
    }
  })
}

/** Takes its port and timeline again (H14), unless somebody took them in between. */
async function claim({ state }: Operation, name: string, fork: Described): Promise<string[]> {
  const notes: string[] = []
  const take = async (what: string, claims: Claims, number: number): Promise<void> => {
    if (await claims.take(number, name)) return
    notes.push(
      `Its ${what} ${number} is held by the fork ${(await claims.holderOf(number)) || 'that was just destroyed'}.`,
    )
  }
  if (fork.server !== undefined) await take('port', new Claims(state.ports), fork.server.port)
  const timelines = new Claims(join(state.timelines, fork.systemIdentifier))
  if (fork.timeline !== undefined) await take('timeline', timelines, fork.timeline)
  return notes
}
