import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Client } from 'pg'
import { databaseNames } from './database-names.ts'

/** A relation that a crash empties, and with it every fork of a running server (H26). */
export interface UnloggedRelation {
  readonly database: string
  readonly relation: string
}

/**
 * The oids of databases that hold unlogged relations, told by their init forks (`<filenode>_init`): a look at directories,
 * so that no database needs to be connected to where there is none. Tablespaces have the same directories two levels down.
 */
export async function databasesWithUnlogged(dataDirectory: string): Promise<string[]> {
  const tablespaces = await readdir(join(dataDirectory, 'pg_tblspc'))
  const versions = await Promise.all(
    tablespaces.map(async (oid) =>
      subdirectories(join(dataDirectory, 'pg_tblspc', oid)).then((all) => all.map(subdirectories)),
    ),
  )
  const directories = [
    ...(await subdirectories(join(dataDirectory, 'base'))),
    ...(await Promise.all(versions.flat())).flat(),
  ]
  const found = await Promise.all(
    directories.map(async (directory) => ((await hasInitFork(directory)) ? basename(directory) : [])),
  )
  return [...new Set(found.flat())].filter((oid) => /^\d+$/.test(oid))
}

/** Their names. Called on the fork, where they are empty by now. */
export async function findUnlogged(
  oids: readonly string[],
  client: Client,
  connect: (database: string) => Promise<Client>,
): Promise<UnloggedRelation[]> {
  if (oids.length === 0) return []
  const names = await databaseNames(client, oids)
  const found: UnloggedRelation[] = []
  for (const database of names.values()) {
    const session = await connect(database)
    try {
      const { rows } = await session.query<{ relation: string }>(
        `select oid::regclass::text as relation from pg_class where relpersistence = 'u' and relkind = 'r' order by 1`,
      )
      found.push(...rows.map(({ relation }) => ({ database, relation })))
    } finally {
      await session.end()
    }
  }
  return found
}

async function subdirectories(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name))
}

async function hasInitFork(directory: string): Promise<boolean> {
  return (await readdir(directory)).some((name) => name.endsWith('_init'))
}
