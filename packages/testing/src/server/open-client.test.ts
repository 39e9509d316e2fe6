import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { Pool } from 'pg'
import { expect, test } from 'vitest'
import { openClient, withoutPassword } from './open-client.ts'

/** AuthenticationCleartextPassword (manual, "Message Formats"). */
const askForPassword = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])

test("H29: a program of the servers' user at a server's socket is given no password of the environment", async () => {
  const host = await mkdtemp(join(tmpdir(), 'pgfork-test-open-client-'))
  const answers: string[] = []
  const server = createServer((connection) => {
    connection.once('data', () => {
      connection.write(askForPassword)
      connection.once('data', (answer) => {
        answers.push(answer.toString('latin1'))
        connection.destroy()
      })
    })
  })
  const before = process.env.PGPASSWORD
  process.env.PGPASSWORD = 'of another server'
  try {
    const port = 5432
    await new Promise<void>((resolve) => server.listen(join(host, `.s.PGSQL.${port}`), resolve))
    const connection = { host, port, user: 'postgres', database: 'postgres' }
    await expect(openClient(connection).connect()).rejects.toThrow()
    await expect(new Pool(withoutPassword(connection)).connect()).rejects.toThrow()
    // A message of a password that is empty.
    expect(answers).toEqual(['p\0\0\0\x05\0', 'p\0\0\0\x05\0'])
  } finally {
    if (before === undefined) delete process.env.PGPASSWORD
    else process.env.PGPASSWORD = before
    server.close()
    await rm(host, { recursive: true })
  }
})
