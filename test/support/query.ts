import pg from 'pg'

/** Runs one or more statements in a session of their own on a fork or a cluster, and returns the last one's rows. */
export async function query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
  { connection }: { readonly connection: pg.ClientConfig },
  sql: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = new pg.Client({ ...connection })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const result: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query<Row>(sql, values)
    return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? []
  } finally {
    await client.end()
  }
}
