// npx tsx examples/article.ts DATA_DIRECTORY CONNECTION_STRING
// Forks a running server, changes a row in the fork, and shows that the server keeps its own.
import { createFork } from '@pgfork/core'
import pg from 'pg'

const [dataDirectory = '', connectionString = ''] = process.argv.slice(2)

const master = new pg.Client(connectionString)
await master.connect()
await master.query(`
  CREATE TABLE IF NOT EXISTS tracking (id int PRIMARY KEY, state text, changed timestamptz DEFAULT now());
  INSERT INTO tracking VALUES (1, 'master before forking') ON CONFLICT (id) DO UPDATE SET state = excluded.state`)

{
  await using fork1 = await createFork({
    source: dataDirectory,
    name: 'fork1',
    onProgress({ step, status, milliseconds }) {
      if (status === 'finished') console.log(`${step.padEnd(10)} ${Math.round(milliseconds)} ms`)
    },
  })
  const client = new pg.Client(fork1.connection)
  await client.connect()
  await client.query(`UPDATE tracking SET state = 'fork1 after forking'`)
  await show('master', master)
  await show('fork1', client)
  await client.end()
}

// fork1 is gone. The master was never touched.
await show('master', master)
await master.query('DROP TABLE tracking')
await master.end()

async function show(name: string, client: pg.Client): Promise<void> {
  const { rows } = await client.query(`
    SELECT state, ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int AS timeline FROM tracking`)
  console.log(`${name}, timeline ${rows[0].timeline}: ${rows[0].state}`)
}
