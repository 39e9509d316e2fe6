import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { Pool } from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isRoot, type Listener, listen, nobody } from '../../../../test/support/attacker/index.ts'
import { clientOptions, openClient } from './open-client.ts'

const port = 5432
const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
let host: string
let listener: Listener

beforeEach(async () => {
  host = await mkdtemp(join(tmpdir(), 'pgfork-test-open-client-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await listener.close()
  await rm(host, { recursive: true })
})

async function serverOf(user: typeof owner) {
  listener = await listen(join(host, `.s.PGSQL.${port}`), user)
  return { connection: { host, port, user: 'postgres', database: 'postgres' }, dataDirectory: host }
}

test("H29: a program of the servers' user at a server's socket is given no password of the environment", async () => {
  vi.stubEnv('PGPASSWORD', 'of another server')
  const server = await serverOf(owner)
  await expect(openClient(server).connect()).rejects.toThrow()
  await expect(new Pool(clientOptions(server)).connect()).rejects.toThrow()
  // A message of a password that is empty.
  expect(listener.answers).toEqual(['p\0\0\0\x05\0', 'p\0\0\0\x05\0'])
})

test('a server of ours is asked for no TLS, whatever the environment says', async () => {
  vi.stubEnv('PGSSLMODE', 'require')
  await expect(openClient(await serverOf(owner)).connect()).rejects.toThrow()
  expect(listener.answers).toEqual(['p\0\0\0\x05\0'])
})

test.runIf(isRoot)("H80: root is led to no socket of another user's", async () => {
  const server = await serverOf(nobody)
  await expect(openClient(server).connect()).rejects.toThrow(/no socket of uid/)
  await expect(new Pool(clientOptions(server)).connect()).rejects.toThrow(/no socket of uid/)
  expect(listener.visits).toEqual([])
})
