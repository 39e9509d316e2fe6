import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { Pool } from 'pg'
import { expect, test } from 'vitest'
import { listen } from '../../../../test/support/attacker/index.ts'
import { openClient, withoutPassword } from './open-client.ts'

const port = 5432
const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }

test("H29: a program of the servers' user at a server's socket is given no password of the environment", async () => {
  const host = await mkdtemp(join(tmpdir(), 'pgfork-test-open-client-'))
  const listener = await listen(join(host, `.s.PGSQL.${port}`), owner)
  const before = process.env.PGPASSWORD
  process.env.PGPASSWORD = 'of another server'
  try {
    const connection = { host, port, user: 'postgres', database: 'postgres' }
    await expect(openClient(connection).connect()).rejects.toThrow()
    await expect(new Pool(withoutPassword(connection)).connect()).rejects.toThrow()
    // A message of a password that is empty.
    expect(listener.answers).toEqual(['p\0\0\0\x05\0', 'p\0\0\0\x05\0'])
  } finally {
    if (before === undefined) delete process.env.PGPASSWORD
    else process.env.PGPASSWORD = before
    await listener.close()
    await rm(host, { recursive: true })
  }
})
