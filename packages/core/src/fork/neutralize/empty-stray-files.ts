import type { Client } from 'pg'
import { isSystemError } from '../../errors/from-system-error.ts'
import { Directory } from '../../files/directory.ts'
import { emptyFile } from '../../files/empty-file.ts'
import { type Connect, type Database, inDatabase } from '../../postgres/sql/databases.ts'

/** oid of `pg_default` and of `pg_global` (pg_tablespace.dat). */
const [pgDefault, pgGlobal] = ['1663', '1664']

/**
 * Empties the files of a prepared fork that no relation has (H68). A fork begins as after a crash: what the source was just making stays as a
 * file, such as that of CREATE TABLE AS, REFRESH MATERIALIZED VIEW, CLUSTER or CREATE INDEX, with rows that no statement of `prepare`
 * reaches. They aren't removed, so that the server gives their numbers to nothing else.
 *
 * Nobody else may be connected, and no transaction prepared: what that has made is no relation yet for others.
 */
export async function emptyStrayFiles(
  path: string,
  { client, databases, connect }: { client: Client; databases: readonly Database[]; connect: Connect },
): Promise<void> {
  using dataDirectory = Directory.open(path)
  using shared = dataDirectory.openDirectory('global')
  await emptyStray(client, pgGlobal, shared)
  for (const { name, oid } of databases)
    await inDatabase(connect, name, async (session) => {
      for (const tablespace of [pgDefault, ...tablespacesOf(dataDirectory)]) {
        using directory = openFolder(dataDirectory, tablespace, oid)
        if (directory !== undefined) await emptyStray(session, tablespace, directory)
      }
    })
}

function tablespacesOf(dataDirectory: Directory): string[] {
  using tablespaces = dataDirectory.openDirectory('pg_tblspc')
  return tablespaces.names()
}

/** Where a tablespace has the files of a database; undefined where it has none. */
function openFolder(dataDirectory: Directory, tablespace: string, database: string): Directory | undefined {
  try {
    if (tablespace === pgDefault) return dataDirectory.openDirectory(`base/${database}`)
    using tablespaces = dataDirectory.openDirectory('pg_tblspc')
    using tablespaceDirectory = tablespaces.openLinked(tablespace)
    const version = tablespaceDirectory.names().find((name) => name.startsWith('PG_'))
    return version === undefined ? undefined : tablespaceDirectory.openDirectory(`${version}/${database}`)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}

/** `<filenode>_<fork>.<segment>`. Those of temporary tables, which begin with a letter, go when a server starts. */
const filePattern = /^(\d+)(?:_[a-z]+)?(?:\.\d+)?$/

async function emptyStray(client: Client, tablespace: string, directory: Directory): Promise<void> {
  const files = directory.names().flatMap((name) => {
    const filenode = filePattern.exec(name)?.[1]
    const isEmpty = directory.look(name)?.size === 0
    return filenode === undefined || isEmpty ? [] : [{ name, filenode }]
  })
  const { rows } = await client.query<{ filenode: string }>(
    `select filenode::text as filenode from unnest($2::oid[]) as filenode
      where pg_filenode_relation($1::oid, filenode) is null`,
    [tablespace, [...new Set(files.map(({ filenode }) => filenode))]],
  )
  if (rows.length === 0) return
  const strays = new Set(rows.map(({ filenode }) => filenode))
  // What recovery has put into their pages must not be written into them afterwards.
  await client.query('checkpoint')
  for (const { name, filenode } of files) if (strays.has(filenode)) emptyFile(directory, name)
}
