// A fork of a running server, used and thrown away: npx tsx examples/fork.ts [DATA_DIRECTORY]
import { createFork } from '@pgfork/core'
import pg from 'pg'

const source = process.argv[2] ?? '/var/lib/postgresql/15/main'

await using fork = await createFork({ source })
console.log(`${fork.name} is ready: psql '${fork.connectionString}'`)

const client = new pg.Client(fork.connection)
await client.connect()
await client.query('CREATE TABLE only_here AS SELECT * FROM pg_class')
const { rows } = await client.query('SELECT count(*) FROM only_here')
console.log(`${rows[0].count} rows on timeline ${fork.timeline}; the source is on timeline ${fork.sourceTimeline}.`)
await client.end()
