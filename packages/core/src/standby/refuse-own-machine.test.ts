import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { refuseOwnMachine } from './refuse-own-machine.ts'

const self = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
const other = { uid: self.uid + 1, gid: self.gid }
const address = (host: string, port: number) => ({ host, port, user: 'replicator', database: 'postgres', tls: {} })
const isRefused = { code: 'SETTING_REFUSED', hazard: 'H127', message: expect.stringContaining('primaryIsHere') }

async function listen(where: { readonly port: number; readonly host: string } | string): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(where, resolve))
  return server
}

test('H127: a server here is refused that the same user runs, by its address or its socket, and by no other name', async () => {
  const server = await listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.address() as { port: number }
  try {
    for (const host of ['127.0.0.1', 'localhost'])
      await expect(refuseOwnMachine(address(host, port), self)).rejects.toMatchObject(isRefused)
    await refuseOwnMachine(address('127.0.0.1', port), other)
    // Not of this machine, and of nobody's.
    await refuseOwnMachine(address('192.0.2.1', port), self)
  } finally {
    server.close()
  }
  const folder = mkdtempSync(join(tmpdir(), 'pgfork-test-sockets-'))
  const socket = await listen(join(folder, '.s.PGSQL.5432'))
  try {
    await expect(refuseOwnMachine(address(folder, 5432), self)).rejects.toMatchObject(isRefused)
    await refuseOwnMachine(address(folder, 5432), other)
  } finally {
    socket.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
