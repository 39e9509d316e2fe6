import { afterEach, expect, test, vi } from 'vitest'
import { errorMessage, fakePrimary, message, ready } from '../../../../test/support/attacker/fake-primary.ts'
import { withReplication, withSession } from './open-sessions.ts'
import { askForWal, identifyServer, keepingWal } from './replication.ts'

afterEach(() => vi.unstubAllEnvs())

const bounds = { timeoutMs: 10_000 }
const keptAlive = '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3'
const addressOf = (port: number) => ({ host: '127.0.0.1', port, user: 'replicator', database: 'postgres', tls: {} })

test.each([withReplication, withSession])(
  'H92: without a password of its own, a server is given none that the environment has for another (%o)',
  async (open) => {
    vi.stubEnv('PGPASSWORD', 'of-another-server')
    await using primary = await fakePrimary({ asksForPassword: true })
    const opened = open({ address: addressOf(primary.port), password: '' }, bounds, async () => {})
    await expect(opened).rejects.toMatchObject({
      code: 'ACCESS_REFUSED',
      message: expect.stringContaining('password is wrong or missing'),
    })
    expect(new Set(primary.passwords)).toEqual(new Set(['']))
  },
)

test('H92: nor what else the environment has for sessions', async () => {
  vi.stubEnv('PGOPTIONS', '-c session_replication_role=replica')
  await using primary = await fakePrimary()
  await withReplication({ address: addressOf(primary.port), password: '' }, bounds, async () => {})
  expect(primary.sessions.map(({ options }) => options)).toEqual([`-c statement_timeout=0 ${keptAlive}`])
})

test.each([withReplication, withSession])(
  'H94: a server is told to notice by itself, and soon, that nobody is there any more (%o)',
  async (open) => {
    await using primary = await fakePrimary()
    await open({ address: addressOf(primary.port), password: '' }, bounds, async () => {})
    expect(primary.sessions.map(({ options }) => options)).toEqual([expect.stringContaining(keptAlive)])
  },
)

test.each([
  ['58P01', 'requested WAL segment 000000010000000000000001 has already been removed', 'behind'],
  ['55000', 'cannot read from replication slot "s"', 'behind'],
  ['XX000', "requested timeline 3 is not in this server's history", 'diverged'],
  ['42704', 'replication slot "s" does not exist', 'without slot'],
])('what a server says that has no more of the WAL (%s)', async (code, text, refusal) => {
  await using primary = await fakePrimary({
    answer: (statement) =>
      statement.startsWith('START_REPLICATION') ? [errorMessage('ERROR', code, text), ready] : undefined,
  })
  const asked = askForWal({ address: addressOf(primary.port), password: '' }, bounds, wanted)
  expect(await asked).toBe(refusal)
})

test.each(['57P01', '57P03', '53200'])(
  'a server that goes away, or has no memory, has not gone another way (%s)',
  async (code) => {
    await using primary = await fakePrimary({
      answer: (statement) =>
        statement.startsWith('START_REPLICATION')
          ? [errorMessage('FATAL', code, 'terminating connection due to administrator command')]
          : undefined,
    })
    const asked = askForWal({ address: addressOf(primary.port), password: '' }, bounds, wanted)
    await expect(asked).rejects.toMatchObject({ message: expect.stringContaining('terminating connection') })
  },
)

test('H94: a server without a place for a slot says what to change there, before anything is copied', async () => {
  await using primary = await fakePrimary({
    answer: (statement) =>
      statement.startsWith('CREATE_REPLICATION_SLOT')
        ? [errorMessage('ERROR', '53400', 'all replication slots are in use'), ready]
        : undefined,
  })
  let hasBegun = false
  const kept = keepingWal({ address: addressOf(primary.port), password: '' }, bounds, 15, async () => {
    hasBegun = true
  })
  await expect(kept).rejects.toMatchObject({
    code: 'SETTING_REFUSED',
    hazard: 'H94',
    message: expect.stringMatching(/all replication slots are in use.*max_replication_slots/),
  })
  expect(hasBegun).toBe(false)
  expect(primary.sessions.map(({ options }) => options)).toEqual([`-c idle_session_timeout=0 ${keptAlive}`])
})

test.each([
  ['a row of more fields than there are', message('D', Buffer.from([0, 9]))],
  ['columns that it does not name', message('T', Buffer.from([0x7f, 0xff, 0x61]))],
  ['a way in that nobody knows', message('R', Buffer.from([0, 0, 1, 0]))],
])('H126: a server that says what none says ends its session, and nothing else: %s', async (_, nonsense) => {
  await using primary = await fakePrimary({ answer: () => [nonsense, ready] })
  const asked = withReplication({ address: addressOf(primary.port), password: '' }, bounds, (client) =>
    client.query('IDENTIFY_SYSTEM'),
  )
  await expect(asked).rejects.toThrow('What it says is not what a PostgreSQL server says')
})

test.each(['../../../proc', '', undefined])('H126: a cluster is called by a number, and not %j', async (systemid) => {
  const asked = identifyServer({ query: async () => ({ rows: [{ systemid, timeline: 1, xlogpos: '0/1' }] }) } as never)
  await expect(asked).rejects.toMatchObject({ code: 'CONNECTION_REQUIRED', hazard: 'H126' })
})

const wanted = { location: '0/3000000', timeline: 1, slot: 's' }
