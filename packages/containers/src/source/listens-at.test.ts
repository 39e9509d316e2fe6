import { once } from 'node:events'
import { createServer } from 'node:net'
import process from 'node:process'
import { expect, test } from 'vitest'
import { listensAt } from './listens-at.ts'

const uid = process.geteuid?.() ?? 0

test.each(['127.0.0.1', '0.0.0.0'])('H116: who listens at %s is known by the user that he is', async (address) => {
  const server = createServer().listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const at = (host?: string) => ({ process: 'self' as const, host, port })
  try {
    expect(listensAt(at('127.0.0.1'), uid)).toBe(true)
    expect(listensAt(at(), uid)).toBe(true)
    expect(listensAt(at('127.0.0.1'), uid + 1)).toBe(false)
    expect(listensAt({ ...at('127.0.0.1'), process: process.pid }, uid)).toBe(true)
    if (address === '127.0.0.1') expect(listensAt(at('127.0.0.2'), uid)).toBe(false)
  } finally {
    server.close()
  }
  await once(server, 'close')
  expect(listensAt(at(), uid)).toBe(false)
})
