import type pg from 'pg'

/** One state of the data, of which others can be made. */
export interface Branch {
  readonly name: string
  connect(): Promise<pg.Client>
}

/** A tree of branches with its root, in one way. */
export interface Tree extends AsyncDisposable {
  readonly root: Branch
  /** Of what `root` is on. */
  readonly path: string
  /** Nobody is connected to `parent`. */
  branch(parent: Branch, name: string): Promise<Branch>
  remove(branch: Branch): Promise<void>
}

export interface TreeWay {
  readonly name: string
  open(rows: number): Promise<Tree>
}

/** What each row of the table is like; with its index 50 MB for 300,000 rows. */
const schema = (rows: number): readonly string[] => [
  'CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL, note text NOT NULL)',
  `INSERT INTO accounts SELECT id, 0, repeat(md5(id::text), 3) FROM generate_series(1, ${rows}) id`,
  'VACUUM (FREEZE, ANALYZE) accounts',
]

export async function fill(client: pg.Client, rows: number): Promise<void> {
  for (const statement of schema(rows)) await client.query(statement)
  await client.end()
}
