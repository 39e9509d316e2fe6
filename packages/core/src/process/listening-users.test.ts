import { connect, createServer } from 'node:net'
import process from 'node:process'
import { expect, test } from 'vitest'
import { listeningUsers } from './listening-users.ts'
import { readTcpSockets } from './tcp-sockets.ts'

test('the kernel tells who listens at a port, and not who is connected to one', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const client = connect(port, '127.0.0.1')
  await new Promise((resolve) => client.once('connect', resolve))
  try {
    expect(listeningUsers(port)).toEqual([process.geteuid?.()])
    expect(listeningUsers(client.localPort ?? 0)).toEqual([])
  } finally {
    client.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  expect(listeningUsers(port)).toEqual([])
  expect(readTcpSockets(2 ** 30)).toBeUndefined()
})
