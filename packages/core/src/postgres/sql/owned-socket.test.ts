import { once } from 'node:events'
import { chown, link, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isRoot } from '../../files/descriptor.ts'
import { OwnedSocket } from './owned-socket.ts'

const [mine, theirs] = [1, 2]

describe.runIf(isRoot())("H80: root connects to a socket of the server's user", () => {
  let folder: string
  let server: Server
  let visits: number
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pgfork-test-sockets-'))
    visits = 0
    server = createServer((connection) => {
      visits++
      connection.end()
    })
    server.listen(join(folder, 'socket'))
    await once(server, 'listening')
  })
  afterEach(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })

  const visit = async (name: string): Promise<void> => {
    const socket = new OwnedSocket({ uid: mine, gid: mine }).connect(join(folder, name))
    socket.resume()
    await once(socket, 'close')
  }

  test('as it would otherwise', async () => {
    await chown(join(folder, 'socket'), mine, mine)
    await visit('socket')
    expect(visits).toBe(1)
  })

  test.each<[string, number, (path: string, socket: string) => Promise<void>]>([
    ['a link to another one of his', mine, (path, socket) => symlink(socket, path)],
    ["a link to another user's", theirs, (path, socket) => symlink(socket, path)],
    ["another user's by another name", theirs, (path, socket) => link(socket, path)],
    ['a file', mine, (path) => writeFile(path, '')],
  ])('not to %s', async (_, uid, put) => {
    const socket = join(folder, 'socket')
    await chown(socket, uid, uid)
    const path = join(folder, 'put')
    await put(path, socket)
    await expect(visit('put')).rejects.toMatchObject({
      code: 'EACCES',
      message: `EACCES: ${path} is no socket of uid ${mine}`,
    })
    expect(visits).toBe(0)
  })

  test('and what is missing is told as always', async () => {
    await expect(visit('missing')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
