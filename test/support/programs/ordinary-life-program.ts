import { strict as assert } from 'node:assert'
import { rm } from 'node:fs/promises'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import {
  collectGarbage,
  createFork,
  createSnapshot,
  type Fork,
  listForks,
  listSnapshots,
  openFork,
  rebuildState,
  type SnapshotDriver,
} from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { lvm } from '@pgfork/driver-lvm'
import { overlay } from '@pgfork/driver-overlay'
import { zfs } from '@pgfork/driver-zfs'
import { query } from '../query.ts'
import type { OrdinaryLife } from './ordinary-life.ts'

const drivers: Record<OrdinaryLife['driver'], (options: object) => SnapshotDriver> = { btrfs, copy, lvm, overlay, zfs }

// Run as a program of its own, by a user who isn't root: does all that the library offers for forks of one source.
const life: OrdinaryLife = JSON.parse(await text(process.stdin))
const { source, stateDirectory, lostStateDirectory } = life
const warnings: string[] = []
const options = {
  driver: drivers[life.driver](life.options),
  stateDirectory,
  onWarning: (message: string) => void warnings.push(message),
}
assert.notEqual(process.geteuid?.(), 0, 'the program is to be run by an ordinary user')

const rowsOf = async (fork: Fork): Promise<number[]> =>
  (await query<{ id: number }>(fork, 'SELECT id FROM life ORDER BY id')).map(({ id }) => id)

if (life.isDoomed) {
  await createFork({ source, ...options, name: 'abandoned' })
  process.kill(process.pid, 'SIGKILL')
}

// Its maker, another process of this user, was killed.
const collected = await collectGarbage(options)
assert.deepEqual(
  collected.flatMap(({ kind, name, isRemoved }) => (kind === 'fork' ? [{ name, isRemoved }] : [])),
  [{ name: 'abandoned', isRemoved: true }],
)

const fork = await createFork({ source, ...options, name: 'first', lifetime: 'persistent', resettable: true })
assert.deepEqual(await rowsOf(fork), [1])
await query(fork, 'INSERT INTO life VALUES (2)')
await fork.stop()
await fork.start()
assert.deepEqual(await rowsOf(fork), [1, 2])
await fork.reset()
assert.deepEqual(await rowsOf(fork), [1])
await query(fork, 'INSERT INTO life VALUES (3)')

const ofFork = await createFork({ source: fork.dataDirectory, ...options, name: 'of-fork' })
assert.deepEqual(await rowsOf(ofFork), [1, 3])

const snapshot = await createSnapshot({ source, ...options, name: 'kept' })
const ofSnapshot = await createFork({ source: snapshot, ...options, name: 'of-snapshot' })
assert.deepEqual(await rowsOf(ofSnapshot), [1])
for (const made of [ofFork, fork, ofSnapshot]) await made.destroy()
await snapshot.destroy()

const lost = { ...options, stateDirectory: lostStateDirectory }
const losing = await createFork({ source, ...lost, name: 'lost', lifetime: 'persistent' })
await losing.stop()
await rm(lostStateDirectory, { recursive: true })
const [found] = await rebuildState({ ...options, path: source, dryRun: true })
assert.equal(found?.outcome, 'foreign')
const [rebuilt] = await rebuildState({ ...options, path: source, identity: found.identity ?? '' })
assert.equal(rebuilt?.outcome, 'rebuilt')
const again = await openFork('lost', options)
await again.start()
assert.deepEqual(await rowsOf(again), [1])
await again.destroy()

assert.deepEqual(await listForks(options), [])
assert.deepEqual(await listSnapshots(options), [])
process.stdout.write(JSON.stringify({ warnings }))
