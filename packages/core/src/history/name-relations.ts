import type { Client } from 'pg'
import { endSession } from '../postgres/sql/end-session.ts'
import type { RelationFile } from '../postgres/wal/record-layout.ts'

interface KnownDatabase {
  readonly name: string
  /** The number of its tablespace, of which tables say 0. */
  readonly tablespace: number
}

type Connect = (database?: string) => Promise<Client>

/**
 * The names that a running source has now for the numbers in its WAL. Where it can't be asked, or something is gone, there is none. Of its
 * connections one is taken at a time, however many databases it has, and none while nothing is asked: a session keeps its database from
 * being dropped or copied.
 */
export class RelationNames {
  readonly #connect: Connect | undefined
  readonly #names = new WeakMap<RelationFile, { readonly name: string | undefined }>()
  #databases: ReadonlyMap<number, KnownDatabase> | undefined

  constructor(connect: Connect | undefined) {
    this.#connect = connect
  }

  /** Asks for the names that haven't been asked for yet. The same object stands for the same relation. */
  async learn(relations: Iterable<RelationFile>): Promise<void> {
    this.#databases ??= (await this.#ask(undefined, askDatabases)) ?? new Map()
    const byDatabase = new Map<number, Set<RelationFile>>()
    for (const relation of relations) {
      if (this.#names.has(relation)) continue
      const others = byDatabase.get(relation.database) ?? new Set()
      byDatabase.set(relation.database, others.add(relation))
    }
    for (const [number, unknown] of byDatabase) {
      for (const relation of unknown) this.#names.set(relation, { name: undefined })
      const database = this.#databases.get(number)
      if (database === undefined) continue
      await this.#ask(database.name, async (client) => {
        for (const relation of unknown)
          this.#names.set(relation, { name: await askName(client, relation, database).catch(() => undefined) })
      })
    }
  }

  /** Undefined also for what wasn't learnt. */
  databaseOf(number: number): string | undefined {
    return this.#databases?.get(number)?.name
  }

  /** Of a table, as its database writes it in SQL. */
  nameOf(relation: RelationFile): string | undefined {
    return this.#names.get(relation)?.name
  }

  /** In a session of its own; without the name of a database in that in which the source is asked anyway. */
  async #ask<Answer>(
    database: string | undefined,
    question: (client: Client) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    const client = await this.#connect?.(database).catch(() => undefined)
    if (client === undefined) return undefined
    try {
      return await question(client)
    } finally {
      await endSession(client)
    }
  }
}

async function askDatabases(client: Client): Promise<ReadonlyMap<number, KnownDatabase>> {
  const { rows } = await client.query<{ number: string; name: string; tablespace: string }>(
    'select oid::text as number, datname as name, dattablespace::text as tablespace from pg_database where datallowconn',
  )
  return new Map(rows.map(({ number, name, tablespace }) => [Number(number), { name, tablespace: Number(tablespace) }]))
}

async function askName(
  client: Client,
  { tablespace, file }: RelationFile,
  database: KnownDatabase,
): Promise<string | undefined> {
  // With a search path of the system's own, a table's name comes with its schema's.
  const { rows } = await client.query<{ name: string | null }>(
    'select pg_filenode_relation($1, $2)::regclass::text as name',
    [database.tablespace === tablespace ? 0 : tablespace, file],
  )
  return rows[0]?.name ?? undefined
}
