import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createSnapshot, type Fork } from '@pgfork/core'
import pg from 'pg'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const password = 'of the role'
const keptOut = `
local all all trust
host replication,appdb all 127.0.0.1/32 scram-sha-256
host all app 127.0.0.1/32 reject
host all clerk 127.0.0.1/32 scram-sha-256
`

/** The database that a role is in by TCP, or the code of the error. */
async function enter(server: { port: number }, user: string, database: string): Promise<string> {
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, user, database, password })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name')
    return rows[0]?.name ?? ''
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

const refused = '28000'

/** What each may do on the source. */
async function expectSameRights(server: { port: number }): Promise<void> {
  const attempts = { app: ['appdb', 'hr'], clerk: ['appdb', 'hr'], postgres: ['appdb', 'hr'] }
  const entered: Record<string, string[]> = {}
  for (const [user, databases] of Object.entries(attempts)) {
    entered[user] = []
    for (const database of databases) entered[user].push(await enter(server, user, database))
  }
  expect(entered).toEqual({ app: ['appdb', refused], clerk: ['appdb', 'hr'], postgres: ['appdb', refused] })
}

const expectNobody = async (fork: Fork): Promise<void> => {
  for (const user of ['app', 'clerk', 'postgres']) expect(await enter(fork, user, 'appdb')).toBe(refused)
  // By the socket its owner does.
  expect(await query(fork, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
}

// Its pg_hba.conf lies outside of the data directory.
await describeOn('btrfs', { layout: 'debian', settings: { password_encryption: 'scram-sha-256' } }, (bench) => {
  const file = (): string => join(dirname(bench.source.configFile), 'pg_hba.conf')
  /** The file counts, whether the source has read it or not. */
  const write = (rules: string) => writeFile(file(), rules)

  beforeAll(async () => {
    for (const role of ['app', 'clerk']) await bench.source.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`)
    await bench.source.query(`ALTER ROLE postgres PASSWORD '${password}'`)
    for (const database of ['appdb', 'hr']) await bench.source.query(`CREATE DATABASE ${database}`)
  })
  beforeEach(() => write(keptOut))

  test('H29: by TCP a role gets into the databases of a fork that the source lets it into, and into no other', async () => {
    await bench.source.settings({})
    await expectSameRights(bench.source)
    await using fork = await bench.fork()
    await expectSameRights(fork)
    await write('host all all all trust\n')
    await fork.reset()
    await expectSameRights(fork)
    await using prepared = await bench.fork({ source: fork, prepare: (client) => client.query('SELECT') })
    await expectSameRights(prepared)
    // The list of a line may name it.
    const settings = { host: '127.0.0.1', port: prepared.port, user: 'postgres', password, replication: 'true' }
    await expect(new pg.Client(settings as pg.ClientConfig).connect()).rejects.toThrow(/rejects replication/)
  })

  test('H29: a snapshot keeps whom its source let in, and a stopped source tells it by its files', async () => {
    const { source, options } = bench
    await using snapshot = await createSnapshot({ source: source.dataDirectory, name: 'of-rules', ...options })
    await source.stop()
    try {
      await using ofStopped = await bench.fork()
      await expectSameRights(ofStopped)
      await write('host all all all trust\n')
      await using ofSnapshot = await bench.fork({ source: snapshot })
      await expectSameRights(ofSnapshot)
    } finally {
      await write(keptOut)
      await source.start()
    }
  })

  test('H29: a stopped source that was started with a directory of its configuration alone tells it by the files there', async () => {
    const { dataDirectory, binDirectory, configFile } = bench.source
    const last = join(dataDirectory, 'postmaster.opts')
    await bench.source.stop()
    const before = await readFile(last, 'utf8')
    const decoys = ['postgresql.conf', 'pg_hba.conf'].map((name) => join(dataDirectory, name))
    await writeFile(last, `${binDirectory}/postgres "-D" "${dirname(configFile)}"\n`)
    const settings = await readFile(configFile, 'utf8')
    // By default the file lies beside the configuration.
    await writeFile(configFile, settings.replace(/^hba_file.*$/m, `work_mem = '9MB'`))
    for (const decoy of decoys) await writeFile(decoy, decoy.endsWith('hba.conf') ? 'host all all all trust\n' : '')
    for (const decoy of decoys) await giveToServerUser(decoy)
    try {
      await using fork = await bench.fork()
      expect(await query(fork, 'SHOW work_mem')).toEqual([{ work_mem: '9MB' }])
      await expectSameRights(fork)
    } finally {
      for (const decoy of decoys) await rm(decoy)
      await writeFile(configFile, settings)
      await writeFile(last, before)
      await bench.source.start()
    }
  })

  test('H29: a role that is no superuser reads the rules as the owner of the source', async () => {
    const connection = { host: '127.0.0.1', port: bench.source.port, user: 'clerk', password, database: 'postgres' }
    await using fork = await bench.fork({
      source: { dataDirectory: bench.source.dataDirectory, connection },
      checkpoint: false,
    })
    await expectSameRights(fork)
  })

  test('H29: where the source lets in nobody over its loopback, neither does a fork, and that is no warning', async () => {
    await write('local all all trust\nhost all all 192.0.2.0/24 trust\n')
    const warnings: string[] = []
    await using fork = await bench.fork({ onWarning: (message) => void warnings.push(message) })
    expect(warnings).toEqual([])
    await expectNobody(fork)
  })

  test.each([
    ['names a file', 'local all all trust\nhost all @roles all trust\nhost all all all trust\n', 'line 2'],
    ['the server would not take', 'host all all 127.0.0.1/32 scram-sha-256 clientcert=maybe\n', 'line 1'],
    ['is broken', 'local all all trust\nhost all all all trust\nhost everybody\n', 'line 3'],
  ])('H29: a file that %s lets in nobody, and that is said', async (_, rules, told) => {
    await write(rules)
    const warnings: string[] = []
    await using fork = await bench.fork({ onWarning: (message) => void warnings.push(message) })
    expect(warnings).toEqual([expect.stringContaining(told)])
    expect(warnings[0]).toContain('A fork lets in nobody by TCP')
    await expectNobody(fork)
  })

  test('H29: a snapshot of an earlier release, which kept no rules, lets in nobody, and that is said', async () => {
    await using snapshot = await createSnapshot({ source: bench.source.dataDirectory, name: 'old', ...bench.options })
    const path = join(bench.stateDirectory, 'snapshots', 'old.json')
    const { tcpAccess, ...record } = JSON.parse(await readFile(path, 'utf8'))
    expect(tcpAccess.rules).toHaveLength(3)
    await writeFile(path, JSON.stringify(record))
    const warnings: string[] = []
    await using fork = await bench.fork({ source: snapshot, onWarning: (message) => void warnings.push(message) })
    expect(warnings).toEqual([expect.stringContaining('Take it anew')])
    await expectNobody(fork)
  })
})
