import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import process from 'node:process'
import { expect, onTestFinished, test } from 'vitest'
import { peerUsers } from './peer-users.ts'
import { waitUntil } from './wait-until.ts'

const uid = process.geteuid?.() ?? 0
const host = '127.0.0.1'

const close = (socket: Socket): void => void socket.on('error', () => {}).destroy()

async function visit(port: number): Promise<Socket> {
  const client = connect({ port, host, allowHalfOpen: true })
  onTestFinished(() => close(client))
  await once(client, 'connect')
  return client
}

test.each([host, '0.0.0.0', '::'])(
  'H116: who is at the other end is known, whoever listens at %s by then',
  async (address) => {
    const server = createServer({ allowHalfOpen: true }).listen(0, address)
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const at = { process: 'self', host, port } as const
    expect(peerUsers(at)).toEqual([])
    const accepting = once(server, 'connection')
    await visit(port)
    const [accepted] = (await accepting) as [Socket]
    onTestFinished(() => close(accepted))
    server.close()
    expect(peerUsers(at)).toEqual([uid])
    expect(peerUsers({ ...at, process: process.pid })).toEqual([uid])
    expect(peerUsers({ ...at, host: '127.0.0.2' })).toEqual([])
    // He can still read.
    accepted.end()
    await waitUntil(async () => peerUsers(at)[0] === undefined, { timeoutMs: 10_000, what: 'a half-closed end' })
    expect(peerUsers(at)).toEqual([undefined])
  },
)

test('H116: an end that nobody has accepted is nobody, whoever listens', async () => {
  const script = `const server = require('net').createServer().listen(0, '${host}', () => {
    process.stdout.write(String(server.address().port) + '\\n', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
  })`
  const other = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void other.kill('SIGKILL'))
  const [told] = await once(other.stdout, 'data')
  await visit(Number(told))
  expect(peerUsers({ process: 'self', host, port: Number(told) })).toEqual([undefined])
})
