import type { Client } from 'pg'
import { endSession } from '../postgres/sql/end-session.ts'
import type { RelationFile } from '../postgres/wal/record-layout.ts'

interface KnownDatabase {
  readonly name: string
  /** The number of its tablespace, of which tables say 0. */
  readonly tablespace: number
}

/** The names that a running source has now for the numbers in its WAL. Where it can't be asked, or something is gone, there is none. */
export class RelationNames implements AsyncDisposable {
  readonly #connect: ((database?: string) => Promise<Client>) | undefined
  readonly #sessions = new Map<string, Promise<Client | undefined>>()
  readonly #names = new WeakMap<RelationFile, { readonly name: string | undefined }>()
  #databases: ReadonlyMap<number, KnownDatabase> | undefined

  constructor(connect: ((database?: string) => Promise<Client>) | undefined) {
    this.#connect = connect
  }

  /** Asks for the names that haven't been asked for yet. The same object stands for the same relation. */
  async learn(relations: Iterable<RelationFile>): Promise<void> {
    this.#databases ??= await this.#askDatabases()
    for (const relation of relations)
      if (!this.#names.has(relation)) this.#names.set(relation, { name: await this.#ask(relation) })
  }

  /** Undefined also for what wasn't learnt. */
  databaseOf(number: number): string | undefined {
    return this.#databases?.get(number)?.name
  }

  /** Of a table, as its database writes it in SQL. */
  nameOf(relation: RelationFile): string | undefined {
    return this.#names.get(relation)?.name
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pending of this.#sessions.values()) {
      const client = await pending
      if (client !== undefined) await endSession(client)
    }
  }

  async #ask({ tablespace, database, file }: RelationFile): Promise<string | undefined> {
    const known = this.#databases?.get(database)
    const client = known && (await this.#session(known.name))
    if (client === undefined) return undefined
    const own = known?.tablespace === tablespace ? 0 : tablespace
    // With a search path of the system's own, a table's name comes with its schema's.
    const asked = client.query<{ name: string | null }>('select pg_filenode_relation($1, $2)::regclass::text as name', [
      own,
      file,
    ])
    return (await asked.catch(() => undefined))?.rows[0]?.name ?? undefined
  }

  async #askDatabases(): Promise<ReadonlyMap<number, KnownDatabase>> {
    const client = await this.#session('')
    if (client === undefined) return new Map()
    const { rows } = await client.query<{ number: string; name: string; tablespace: string }>(
      'select oid::text as number, datname as name, dattablespace::text as tablespace from pg_database where datallowconn',
    )
    return new Map(
      rows.map(({ number, name, tablespace }) => [Number(number), { name, tablespace: Number(tablespace) }]),
    )
  }

  /** '': the database that the source is asked in anyway. */
  #session(database: string): Promise<Client | undefined> {
    const known = this.#sessions.get(database)
    if (known !== undefined) return known
    const pending =
      this.#connect?.(database === '' ? undefined : database).catch(() => undefined) ?? Promise.resolve(undefined)
    this.#sessions.set(database, pending)
    return pending
  }
}
