import { statfsSync } from 'node:fs'
import process from 'node:process'
import { copy } from '@pgfork/driver-copy'
import { createTemplate } from '@pgfork/testing'

// Answers with what each of `servers` servers says of a query that two further processes of each take part in, all at once.
const { servers, ...options } = JSON.parse(process.argv[2] ?? '') as {
  servers: number
  directory: string
  stateDirectory: string
}

const joined = `SELECT count(*)::int AS rows FROM orders a JOIN orders b USING (id)`
const template = await createTemplate({
  ...options,
  driver: copy(),
  key: 'parallel',
  settings: { min_parallel_table_scan_size: '0', parallel_setup_cost: '0', parallel_tuple_cost: '0', work_mem: '16MB' },
  async setup({ client }) {
    await client.query('CREATE TABLE orders AS SELECT id FROM generate_series(1, 200000) id')
    await client.query('CREATE INDEX ON orders (id)')
    await client.query('ANALYZE orders')
  },
})
const ask = async () => {
  await using server = await template.fork()
  const client = await server.connect()
  await client.query('SET enable_mergejoin = off')
  await client.query('SET enable_nestloop = off')
  const { rows: plan } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, COSTS OFF) ${joined}`)
  const { rows } = await client.query<{ rows: number }>(joined)
  await client.end()
  return { rows: rows[0]?.rows, launched: plan.some((line) => /Workers Launched: [1-9]/.test(line['QUERY PLAN'])) }
}
const answers = await Promise.all(Array.from({ length: servers }, ask))
const { blocks, bsize } = statfsSync('/dev/shm')
console.log(JSON.stringify({ sharedBytes: blocks * bsize, answers }))
