import { once } from 'node:events'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeWorkFolder } from '../../../../../test/support/system/make-work-folder.ts'
import { Directory } from '../../files/directory.ts'
import { removeIdentity } from './remove-identity.ts'

test('H10: what the source is known by goes, its sockets in the data directory too; all else stays', async () => {
  const path = await makeWorkFolder('identity')
  for (const folder of ['base', 'pg_replslot', 'pg_replslot/one', 'pgfork']) await mkdir(join(path, folder))
  for (const name of ['PG_VERSION', 'postmaster.pid', 'standby.signal', '.s.PGSQL.5432.lock', '.s.PGSQL.notes'])
    await writeFile(join(path, name), '')
  const server = createServer().listen(join(path, '.s.PGSQL.5432'))
  await once(server, 'listening')
  try {
    using directory = Directory.open(path)
    removeIdentity(directory)
    expect((await readdir(path)).sort()).toEqual(['.s.PGSQL.notes', 'PG_VERSION', 'base', 'pg_replslot'])
    expect(await readdir(join(path, 'pg_replslot'))).toEqual([])
  } finally {
    server.close()
    await rm(path, { recursive: true })
  }
})
