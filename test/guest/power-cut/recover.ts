import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { collectGarbage, createFork, listForks, openFork } from '@pgfork/core'
import { listMounts } from '@pgfork/core/driver'
import pg from 'pg'
import { type Cluster, openClusterAgain } from '../../support/cluster/index.ts'
import { type Acknowledged, checkFork, expectConsistent, readCommitLog } from '../../support/oracle/index.ts'
import { context, forksFile, logFile, openDisk, sourceFolder, stateDirectory, stateFolder } from './disk.ts'

// After the power cut: the source and the forks that were to stay hold every commit acknowledged before, a collection removes
// all else that was ours, and nothing that was not. test/lab/power-cut.sh runs it.
const disk = await openDisk(process.argv[2], { isNew: false })
const { driver } = disk
const options = { driver, stateDirectory }
const source = await openClusterAgain(join(sourceFolder, 'main'))
const acknowledged = await readCommitLog(logFile)

const present = await expectAcknowledged(source, acknowledged)
const left = (await listForks(options)).filter(({ status }) => status !== 'ready')
const kept = (await readFile(forksFile, 'utf8')).split('\n').slice(0, -1)
const garbage = await collectGarbage(options)
assert.deepEqual(
  garbage.filter(({ isRemoved }) => !isRemoved),
  [],
)
const names = (await listForks(options)).map(({ name, status }) => `${name} ${status}`)
for (const [name, untilTick] of kept.map((line) => line.split(' '))) {
  assert.ok(names.includes(`${name} ready`), `${name} was handed out, and is not among ${names.join(', ')}`)
  const fork = await openFork(name as string, options)
  await fork.start()
  await expectAcknowledged(fork, { ...acknowledged, untilTick: Number(untilTick) })
}
for (const { name } of await listForks(options)) await (await openFork(name, options)).destroy()

const another = await createFork({ source: source.dataDirectory, ...options })
await expectAcknowledged(another, acknowledged)
await another.destroy()
const volume = await driver.locate(source.dataDirectory, context)
assert.deepEqual(await driver.list(volume, context), [])
assert.deepEqual(await collectGarbage(options), [])
const mounts = (await listMounts()).map(({ mountPoint }) => mountPoint)
assert.deepEqual(
  mounts.filter((path) => path.startsWith(`${stateFolder}/`)),
  [],
)
assert.equal((await disk.foreign()).length, 1)
await source.stop()
console.log(
  `power cut: the source holds all ${present} transactions that were acknowledged, or about to be; forks that were kept: ` +
    `${kept.length}; half made: ${left.length}; removed by the collection: ${garbage.map(({ kind }) => kind).join(', ') || 'nothing'}; leaks: 0`,
)

async function expectAcknowledged({ connection }: Pick<Cluster, 'connection'>, until: Acknowledged): Promise<number> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    const report = await checkFork(client, until)
    expectConsistent(report)
    return report.present
  } finally {
    await client.end()
  }
}
