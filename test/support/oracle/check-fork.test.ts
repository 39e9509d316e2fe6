import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, createCluster } from '../cluster/index.ts'
import { createFolder, type TestFolder } from '../storage/index.ts'
import { waitUntil } from '../wait-until.ts'
import { type CheckForkOptions, checkFork, type ForkReport } from './check-fork.ts'
import { readCommitLog } from './commit-log.ts'
import { expectConsistent } from './expect-consistent.ts'
import type { Acknowledged, CommitName } from './history.ts'
import { type Oracle, startOracle } from './start-oracle.ts'

let folder: TestFolder
let cluster: Cluster
let oracle: Oracle
let acknowledged: Acknowledged
let copies = 0

beforeAll(async () => {
  folder = await createFolder()
  cluster = await createCluster({ directory: join(folder.path, 'main') })
  oracle = await startOracle(cluster, { writers: 3 })
  await waitUntil(() => [0, 1, 2].every((writer) => oracle.issued().history.lastIssued(writer, Infinity) > 60), {
    timeoutMs: 30_000,
    what: 'progress of the writers',
  })
  await oracle.stop()
  acknowledged = oracle.acknowledged()
}, 60_000)

afterAll(async () => {
  await oracle?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
  await folder?.[Symbol.asyncDispose]()
})

/** Copies the writers' database, changes the copy, and checks it. */
async function checkDoctored(
  doctor: (client: pg.Client) => Promise<unknown>,
  options: CheckForkOptions = {},
): Promise<ForkReport> {
  await using copy = await openCopy()
  await doctor(copy.client)
  return await checkFork(copy.client, acknowledged, oracle.issued(), options)
}

async function openCopy(): Promise<AsyncDisposable & { client: pg.Client }> {
  const name = `copy_${++copies}`
  await cluster.query(`CREATE DATABASE ${name} TEMPLATE postgres`)
  const client = await cluster.client(name)
  return { client, [Symbol.asyncDispose]: () => client.end() }
}

/** Removes whole transactions, in all tables. */
async function removeCommits(client: pg.Client, condition: string): Promise<void> {
  for (const table of ['commits', 'debits', 'credits'])
    await client.query(`DELETE FROM oracle_${table} WHERE ${condition}`)
  await client.query(`
    UPDATE oracle_writers writers SET
      last_sequence = coalesce((SELECT max(sequence) FROM oracle_debits debits WHERE debits.writer = writers.writer), 0),
      balance = coalesce((SELECT sum(amount) FROM oracle_debits debits WHERE debits.writer = writers.writer), 0)`)
}

/** The transaction that was acknowledged last of all, so that nothing present began after it. */
function lastAcknowledged(): CommitName {
  const { history } = acknowledged
  const names = [0, 1, 2].map((writer) => ({ writer, sequence: history.lastIssued(writer, Infinity) }))
  const tickOf = (name: CommitName) => history.acknowledgedTick(name) ?? 0
  return names.reduce((latest, name) => (tickOf(name) > tickOf(latest) ? name : latest))
}

test('an exact copy is consistent and holds every transaction', async () => {
  const report = await checkDoctored(async () => undefined)
  expectConsistent(report)
  expect(report).toMatchObject({ lost: [], gaps: [], neverIssued: [], halves: [] })
  expect(report.present).toBeGreaterThan(180)
})

test('a lost commit at the very end is found, and is what asynchronous commit allows', async () => {
  const { writer, sequence } = lastAcknowledged()
  const doctor = (client: pg.Client) => removeCommits(client, `writer = ${writer} AND sequence = ${sequence}`)
  const report = await checkDoctored(doctor)
  expect(report).toMatchObject({ isConsistent: false, lost: [{ writer, sequence }], gaps: [], halves: [] })
  expect(() => expectConsistent(report)).toThrow(`absent:\n  writer ${writer}, transaction ${sequence}`)
  const tolerant = await checkDoctored(doctor, { asynchronousCommit: true })
  expect(tolerant).toMatchObject({ isConsistent: true, lost: [{ writer, sequence }] })
})

test('a gap is found also with asynchronous commit', async () => {
  const report = await checkDoctored((client) => removeCommits(client, 'writer = 1 AND sequence = 31'), {
    asynchronousCommit: true,
  })
  expect(report).toMatchObject({ isConsistent: false, gaps: [{ writer: 1, sequence: 31 }], halves: [] })
})

test('the missing end of one writer is a gap when later transactions of others are there', async () => {
  const report = await checkDoctored((client) => removeCommits(client, 'writer = 2 AND sequence > 20'), {
    asynchronousCommit: true,
  })
  expect(report.isConsistent).toBe(false)
  expect(report.gaps).toContainEqual({ writer: 2, sequence: 21 })
})

test.each([
  ['a row missing in one of its tables', 'DELETE FROM oracle_credits WHERE writer = 0 AND sequence = 10'],
  ['its first row missing', 'DELETE FROM oracle_commits WHERE writer = 0 AND sequence = 10'],
  ['amounts that differ', 'UPDATE oracle_debits SET amount = amount + 1 WHERE writer = 0 AND sequence = 10'],
  ['a row too many', 'INSERT INTO oracle_credits VALUES (0, 11, 12)'],
])('half a transaction is found: %s', async (_, sql) => {
  const report = await checkDoctored((client) => client.query(sql), { asynchronousCommit: true })
  expect(report.isConsistent).toBe(false)
  expect(report.halves[0]).toMatch(/writer 0, transaction 1[01]/)
  expect(() => expectConsistent(report)).toThrow('only partly there')
})

test('an update in place that got lost is found', async () => {
  const sql = 'UPDATE oracle_writers SET last_sequence = last_sequence - 2 WHERE writer = 2'
  const report = await checkDoctored((client) => client.query(sql))
  expect(report.isConsistent).toBe(false)
  expect(report.halves).toEqual([expect.stringContaining('writer 2: its row says')])
})

test('a transaction that nobody had begun is found', async () => {
  const report = await checkDoctored((client) => client.query('INSERT INTO oracle_commits VALUES (1, 99999, 1)'))
  expect(report).toMatchObject({ isConsistent: false, neverIssued: [{ writer: 1, sequence: 99999 }], lost: [] })
})

test('another process can judge by the log alone', async () => {
  const fromLog = await readCommitLog(oracle.logFile)
  const { writer, sequence } = lastAcknowledged()
  expect(fromLog.history.acknowledgedTick({ writer, sequence })).toBe(fromLog.untilTick)
  await using copy = await openCopy()
  expectConsistent(await checkFork(copy.client, fromLog))
  await removeCommits(copy.client, `writer = ${writer} AND sequence = ${sequence}`)
  expect(await checkFork(copy.client, fromLog)).toMatchObject({ lost: [{ writer, sequence }] })
})

test('a server that crashed under the writers has lost nothing that it had acknowledged', async () => {
  await using directory = await createFolder()
  await using crashing = await createCluster({ directory: join(directory.path, 'main') })
  await using writers = await startOracle(crashing, { toleratesErrors: true })
  await crashing.crash()
  const before = writers.acknowledged()
  await crashing.start()
  await writers.stop()
  const client = await crashing.client()
  const report = await checkFork(client, before, writers.issued())
  expectConsistent(report)
  expect(report.present).toBeGreaterThan(7)
}, 60_000)
