import { checkRoom, planGeneration, removeGeneration } from '../elsewhere/copy-folder.ts'
import { inheritElsewhere } from '../elsewhere/inherit-elsewhere.ts'
import type { Reach } from '../elsewhere/open-sessions.ts'
import { dropSlot, keepingWal, makeSlot } from '../elsewhere/replication.ts'
import { messageOf } from '../errors/message-of.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import type { SessionBounds } from '../postgres/sql/bounded-client.ts'
import { identifySelf } from '../process/process-identity.ts'
import { type SeededStandby, standbyStore } from '../records/standby-record.ts'
import { checkPrimary } from './check-primary.ts'
import { reachPrimary } from './reach-primary.ts'
import { seed } from './seed.ts'
import { startStandbyServer, stopStandbyServer, waitUntilStreaming } from './standby-server.ts'
import { makeOwnPlace } from './write-standby-files.ts'

/**
 * Seeds a standby anew, under the lock of its name. The present generation runs until the new one is whole; then they change places, which takes
 * about a second: the one is stopped, the other one started at the same port, and when it streams the record says so, by one
 * `rename`. Whatever happens before leaves the record as it was, and the present generation is started again.
 */
export async function reseedStandby(operation: Operation, standby: SeededStandby): Promise<SeededStandby> {
  const { steps, state, runner, sourceBounds } = operation
  const store = standbyStore(state)
  const reach = await reachPrimary(operation, standby)
  return steps.guard(async () => {
    const primary = await steps.run('inspect', () =>
      checkPrimary(reach, sourceBounds, {
        usesSlot: standby.slot !== undefined,
        applicationName: standby.applicationName,
      }),
    )
    if (primary.major !== standby.major) throw otherMajor(standby, primary.major)
    const before = await steps.run('plan', async () => {
      const tidy = await removeLeftGenerations(operation, standby)
      await checkRoom(tidy.directory, primary.databaseBytes)
      return tidy
    })
    const generation = planGeneration(before.directory, [before.current])
    const maker = await identifySelf(runner)
    const seeding = await store.change({ ...before, next: { ...generation, maker } })
    steps.onUndo(() => giveUp(operation, seeding as SeededStandby))
    const { walSettings, tablespaces, systemIdentifier, superuser } = primary
    const { next: _next, process: _process, ...kept } = seeding
    const switched: SeededStandby = {
      ...kept,
      ...{ current: generation, port: before.port, walSettings, systemIdentifier },
      role: superuser ?? standby.role,
      inherited: inheritElsewhere(primary.settings),
      retired: [before.current],
    }
    const started = await keepingWal(reach, sourceBounds, standby.major, async () => {
      await steps.run('seed', () => seed(operation, { standby, generation, tablespaces, maxBytesPerSecond: undefined }))
      return steps.run('stream', async () => {
        makeOwnPlace(switched)
        await stopStandbyServer(operation, before, 'fast')
        if (standby.slot !== undefined) await renewSlot(reach, sourceBounds, standby.slot)
        const running = await startStandbyServer(operation, switched)
        await waitUntilStreaming(operation, running)
        return running
      })
    })
    // From here on it is the one.
    const changed = (await steps.run('ready', () => store.change(started))) as SeededStandby
    return removeLeftGenerations(operation, changed).catch((error: unknown) => {
      operation.warn(
        `${before.current.directory}, which is not used any more, could not be removed: ${messageOf(error)}`,
      )
      return changed
    })
  })
}

/** One that has reached its bound is of no use any more. */
async function renewSlot(reach: Reach, bounds: SessionBounds, slot: string): Promise<void> {
  await dropSlot(reach, bounds, slot)
  await makeSlot(reach, bounds, slot)
}

/** What another process has left of its try, and what was used before. */
export async function removeLeftGenerations(operation: Operation, standby: SeededStandby): Promise<SeededStandby> {
  const { next, retired, ...kept } = standby
  if (next === undefined && retired.length === 0) return standby
  for (const generation of [...retired, ...(next === undefined ? [] : [next])]) {
    await stopStandbyServer(operation, { ...standby, current: generation }, 'immediate')
    await removeGeneration(operation, generation)
  }
  return (await standbyStore(operation.state).change({ ...kept, retired: [] })) as SeededStandby
}

/** After a new seed that came to nothing, also by a kill in the middle of the switch: the present generation goes on. */
export async function goOn(operation: Operation, standby: SeededStandby): Promise<SeededStandby> {
  const tidy = await removeLeftGenerations(operation, standby)
  // However this came about, by an abort too.
  const restarted = await startStandbyServer({ ...operation, signal: undefined }, tidy)
  return restarted === tidy ? tidy : ((await standbyStore(operation.state).change(restarted)) as SeededStandby)
}

async function giveUp(operation: Operation, seeding: SeededStandby): Promise<void> {
  const current = (await standbyStore(operation.state).findSame(seeding)) as SeededStandby | undefined
  // Otherwise it was switched already.
  if (current?.next !== undefined) await goOn(operation, current)
}

const otherMajor = ({ name, major }: SeededStandby, found: number): PgforkError =>
  new PgforkError(
    'VERSION_MISMATCH',
    `The primary of ${name} has PostgreSQL ${found} now, and ${name} was made with ${major}. Make a new standby of it, and destroy this one.`,
    { facts: { name, major, found } },
  )
