import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { listen } from '../../../../test/support/attacker/index.ts'
import { connectAsSuperuser } from '../postgres/sql/connect-as-superuser.ts'
import { ForkClients } from './fork-clients.ts'

const port = 5432
const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }

test("H29: a program of the fork's user at its socket is given no password of the caller's environment", async () => {
  const host = await mkdtemp(join(tmpdir(), 'pgfork-test-clients-'))
  const listener = await listen(join(host, `.s.PGSQL.${port}`), owner)
  const before = process.env.PGPASSWORD
  process.env.PGPASSWORD = 'of another server'
  try {
    const connection = { host, port, user: 'postgres', database: 'postgres' }
    await expect(new ForkClients(owner).connect(connection, {})).rejects.toThrow()
    const fork = { name: 'trap', major: 15, server: { socketDirectory: host, port }, owner }
    await expect(connectAsSuperuser(fork, ['postgres'])).rejects.toThrow()
    // A message of a password that is empty.
    expect(listener.answers).toEqual(['p\0\0\0\x05\0', 'p\0\0\0\x05\0'])
  } finally {
    if (before === undefined) delete process.env.PGPASSWORD
    else process.env.PGPASSWORD = before
    await listener.close()
    await rm(host, { recursive: true })
  }
})
