import { strict as assert } from 'node:assert'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { listForks, PgforkError, type SnapshotDriver } from '@pgfork/core'
import { copy } from '@pgfork/driver-copy'
import { createTemplate, type Setup } from '@pgfork/testing'
import { Client } from 'pg'

// Run as a program of its own, by a user who isn't root: whose servers' files are copied while the servers start.
const { directory, stateDirectory } = JSON.parse(process.argv[2] ?? '{}') as Record<
  'directory' | 'stateDirectory',
  string
>
assert.notEqual(process.geteuid?.(), 0, 'the program is to be run by an ordinary user')

const tables = 100
const options = {
  directory,
  stateDirectory,
  key: 'as user',
  setup: (async ({ client }) => {
    // It has a directory of its own, which a fork has not (H23).
    await client.query(`select pg_create_physical_replication_slot('slot')`)
    await client.query(`do $$ begin for i in 1..${tables} loop
      execute format('create table many_%s (id int primary key); insert into many_%s values (1)', i, i);
    end loop; end $$`)
  }) satisfies Setup,
}
/** What of each clone was copied beside the start of its server. */
const later: (string | undefined)[] = []
const driver = copy()
const watched: SnapshotDriver = {
  ...driver,
  clone(request, context) {
    later.push(request.later && basename(request.later))
    return driver.clone(request, context)
  },
}
const template = await createTemplate({ ...options, driver: watched })

/** Without the cache that any session makes. */
const filesOf = (path: string): string[] =>
  (readdirSync(path, { recursive: true }) as string[]).filter((name) => !name.endsWith('pg_internal.init')).sort()
await using one = await template.fork()
const found = filesOf(join(one.dataDirectory, 'base'))
await using other = await template.fork()
const expected = filesOf(join(other.dataDirectory, 'base'))
assert.deepEqual(found, expected)
assert(found.length > 2 * tables)
for (const server of [one, other]) {
  const client = await server.connect()
  await client.query('create database again template template0')
  await client.query(`insert into many_1 values (2)`)
  const { rows } = await client.query('select count(*)::int as count from many_1')
  assert.deepEqual(rows, [{ count: 2 }])
}
// What couldn't be copied is told before a server is handed out.
const finishClone = () => Promise.reject(new PgforkError('NO_SPACE', 'there is no room for the rest'))
const failing = await createTemplate({ ...options, driver: { ...copy(), finishClone } })
assert.equal(failing.name, template.name)
await assert.rejects(failing.fork(), /no room for the rest/)
assert.equal((await listForks({ stateDirectory, driver: copy() })).length, 2)
// A client that comes back at once, as an application's pool does, gets in when all is there, and not before.
assert.deepEqual(later.splice(0).slice(-2), ['base', 'base'])
let isOver = false
const resetting = one.reset().finally(() => {
  isOver = true
})
while (!isOver) {
  const client = new Client({ ...one.connection, password: () => '' })
  client.on('error', () => {})
  try {
    await client.connect()
  } catch {
    continue
  }
  const rows = await client.query(`select count(*)::int as count from many_${tables}`).then(
    (result) => result.rows,
    // Stopped for the reset, and not refused.
    (error: { code?: string; severity?: string }) =>
      error.severity === undefined || error.code?.startsWith('57') ? undefined : error,
  )
  assert.deepEqual(rows ?? [{ count: 1 }], [{ count: 1 }])
  await client.end().catch(() => {})
}
await resetting
// A base backup asks for no database, and would have got in before.
assert.deepEqual(later, [undefined])
assert.deepEqual(filesOf(join(one.dataDirectory, 'base')), expected)
process.stdout.write(JSON.stringify({ files: found.length }))
