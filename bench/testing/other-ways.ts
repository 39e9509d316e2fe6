import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from '../../test/support/cluster/index.ts'
import { runner } from '../../test/support/system/runner.ts'
import { serverUser } from '../../test/support/system/server-user.ts'
import type { Place } from './place.ts'
import { timed } from './time.ts'

const asServerUser = { timeoutMs: 300_000, ...(serverUser === undefined ? {} : { user: serverUser }) }

/** `CREATE DATABASE .. TEMPLATE` until the first answer. */
export async function createDatabase(server: Cluster, strategy: string): Promise<number> {
  const admin = await server.client()
  const [milliseconds, client] = await timed(async () => {
    await admin.query(`create database test template app ${strategy}`)
    const made = await server.client('test')
    await made.query('select from users where id = 1')
    return made
  })
  await client.end()
  await admin.query('drop database test')
  await admin.end()
  return milliseconds
}

/** As a container goes back to its first content: stop, copy all bytes, start. */
export async function stopCopyStart({ path, stopped, server }: Place): Promise<number> {
  const target = join(path, 'restored')
  const pgCtl = (...words: string[]) =>
    runner.run(join(server.binDirectory, 'pg_ctl'), ['-w', '-D', target, ...words], asServerUser)
  const start = () =>
    pgCtl(
      '-l',
      join(server.socketDirectory, 'restored.log'),
      '-o',
      `-c unix_socket_directories='${server.socketDirectory}' -c listen_addresses=''`,
      'start',
    )
  const restore = () => runner.run('cp', ['-a', '--reflink=never', stopped, target])
  await restore()
  await start()
  const [milliseconds] = await timed(async () => {
    await pgCtl('-m', 'fast', 'stop')
    await rm(target, { recursive: true })
    await restore()
    await start()
  })
  await pgCtl('-m', 'immediate', 'stop')
  await rm(target, { recursive: true })
  return milliseconds
}
