import type { Client } from 'pg'
import { isOfSystem } from '../postgres/files/system-tables.ts'
import { endSession } from '../postgres/sql/end-session.ts'
import { isRefusal } from '../postgres/sql/is-refusal.ts'
import type { RelationFile } from '../postgres/wal/record-layout.ts'

interface KnownDatabase {
  readonly name: string
  /** The number of its tablespace, of which tables say 0. */
  readonly tablespace: number
}

interface NamedRelation {
  readonly number: number
  readonly name: string
}

export type Connect = (database?: string) => Promise<Client>

/**
 * The names that a running server has now for the numbers in a cluster's WAL. Where it can't be asked, or something is gone, there is none. Of
 * its connections one is taken at a time, however many databases it has, and none while nothing is asked: a session keeps its database from
 * being dropped or copied.
 */
class NamesOfServer {
  readonly #connect: Connect
  #databases: ReadonlyMap<number, KnownDatabase> | undefined

  constructor(connect: Connect) {
    this.#connect = connect
  }

  /** Undefined also before anything was asked. */
  databaseOf(number: number): string | undefined {
    return this.#databases?.get(number)?.name
  }

  async askDatabases(): Promise<void> {
    this.#databases ??= (await this.#ask(undefined, askDatabases)) ?? new Map()
  }

  async ask(
    relations: readonly RelationFile[],
    onName: (relation: RelationFile, found: NamedRelation) => void,
  ): Promise<void> {
    await this.askDatabases()
    const byDatabase = new Map<number, RelationFile[]>()
    for (const relation of relations) addTo(byDatabase, relation.database, relation)
    for (const [number, unknown] of byDatabase) {
      const database = this.#databases?.get(number)
      if (database === undefined) continue
      await this.#ask(database.name, async (client) => {
        for (const [relation, found] of await askNames(client, unknown, database))
          if (found !== undefined) onName(relation, found)
      })
    }
  }

  /** In a session of its own; without the name of a database in that in which the server is asked anyway. */
  async #ask<Answer>(
    database: string | undefined,
    question: (client: Client) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    const client = await this.#connect(database).catch(() => undefined)
    if (client === undefined) return undefined
    try {
      return await question(client)
    } finally {
      await endSession(client)
    }
  }
}

/** The names that several servers have, of which the first one that knows a name is heeded: a source, and a fork of it as it was. */
export class RelationNames {
  readonly #servers: readonly NamesOfServer[]
  readonly #names = new WeakMap<RelationFile, NamedRelation | undefined>()

  constructor(connects: readonly Connect[]) {
    this.#servers = connects.map((connect) => new NamesOfServer(connect))
  }

  /** It was asked for already. */
  knows(relation: RelationFile): boolean {
    return this.#names.has(relation)
  }

  /** Asks for the names that haven't been asked for yet. The same object stands for the same relation. */
  async learn(relations: Iterable<RelationFile>): Promise<void> {
    const unknown = new Set<RelationFile>()
    for (const relation of relations) if (!this.#names.has(relation)) unknown.add(relation)
    if (unknown.size === 0) return
    for (const relation of unknown) this.#names.set(relation, undefined)
    for (const server of this.#servers) {
      await server.ask([...unknown], (relation, found) => {
        this.#names.set(relation, found)
        unknown.delete(relation)
      })
      if (unknown.size === 0) return
    }
  }

  async learnDatabases(): Promise<void> {
    for (const server of this.#servers) await server.askDatabases()
  }

  /** Undefined also for what wasn't learnt. */
  databaseOf(number: number): string | undefined {
    for (const server of this.#servers) {
      const name = server.databaseOf(number)
      if (name !== undefined) return name
    }
    return undefined
  }

  /** Of a table, as its database writes it in SQL. */
  nameOf(relation: RelationFile): string | undefined {
    return this.#names.get(relation)?.name
  }

  /** Number of a table of the system that has got another file since initdb, such as by `VACUUM FULL`; undefined also for what wasn't learnt. */
  systemTableOf(relation: RelationFile): number | undefined {
    const number = this.#names.get(relation)?.number
    return number !== undefined && isOfSystem(number) ? number : undefined
  }
}

function addTo<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

async function askDatabases(client: Client): Promise<ReadonlyMap<number, KnownDatabase>> {
  const { rows } = await client.query<{ number: string; name: string; tablespace: string }>(
    'select oid::text as number, datname as name, dattablespace::text as tablespace from pg_database where datallowconn',
  )
  return new Map(rows.map(({ number, name, tablespace }) => [Number(number), { name, tablespace: Number(tablespace) }]))
}

type Named = readonly [RelationFile, NamedRelation | undefined]

/** All at once; if that fails, each by itself: temporary tables of two sessions may have the same number, which is an error. */
async function askNames(client: Client, relations: readonly RelationFile[], database: KnownDatabase): Promise<Named[]> {
  const tablespaces = relations.map(({ tablespace }) => (database.tablespace === tablespace ? 0 : tablespace))
  const files = relations.map(({ file }) => file)
  try {
    // With a search path of the system's own, a table's name comes with its schema's.
    const { rows } = await client.query<{ oid: string | null; name: string | null }>(
      `select pg_filenode_relation(tablespace, file)::oid::text as oid, pg_filenode_relation(tablespace, file)::regclass::text as name
       from unnest($1::oid[], $2::oid[]) with ordinality as asked (tablespace, file, number) order by number`,
      [tablespaces, files],
    )
    return relations.map((relation, index) => {
      const { oid = null, name = null } = rows[index] ?? {}
      return [relation, oid === null || name === null ? undefined : { number: Number(oid), name }]
    })
  } catch (error) {
    if (relations.length < 2 || !isRefusal(error)) return []
    const named: Named[] = []
    for (const relation of relations) named.push(...(await askNames(client, [relation], database)))
    return named
  }
}
