import type { Fork } from '@pgfork/core'
import pg from 'pg'
import type { Cluster } from '../test/support/cluster/index.ts'
import { readBalances } from '../test/support/load/index.ts'
import { formatBytes, formatCount } from './format.ts'
import type { DiskUse } from './measure-disk-use.ts'
import { paint } from './style.ts'

interface ServerFacts {
  readonly pid: string
  readonly port: string
  readonly timeline: string
  readonly position: string
  readonly tracking: string
  readonly transactions: string
  readonly balances: string
  readonly system: string
}

export interface Comparison {
  readonly source: ServerFacts
  readonly fork: ServerFacts
}

/** What both servers say of themselves, asked once the load has ended. */
export async function compareServers(source: Cluster, fork: Fork): Promise<Comparison> {
  const [ofSource, ofFork] = [await ask(source.connection), await ask(fork.connection)]
  return {
    source: { ...ofSource, transactions: `${ofSource.transactions}, and it went on` },
    fork: { ...ofFork, transactions: `${ofFork.transactions}, as of the fork` },
  }
}

async function ask(connection: pg.ClientConfig): Promise<ServerFacts> {
  const client = new pg.Client({ ...connection })
  await client.connect()
  try {
    const { rows } = await client.query(`
      SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid, current_setting('port') AS port,
             ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int::text AS timeline,
             pg_current_wal_lsn()::text AS position, (SELECT state FROM tracking) AS tracking,
             (SELECT system_identifier::text FROM pg_control_system()) AS system`)
    const { accounts, tellers, branches, history, transactions } = await readBalances(client)
    const agree = accounts === tellers && accounts === branches && accounts === history
    return { ...rows[0], transactions: formatCount(transactions), balances: agree ? 'agree' : 'DIFFER' }
  } finally {
    await client.end()
  }
}

const rows: readonly (readonly [label: string, key: keyof ServerFacts])[] = [
  ['process', 'pid'],
  ['port', 'port'],
  ['timeline', 'timeline'],
  ['tracking row', 'tracking'],
  ['transactions', 'transactions'],
  ['balances', 'balances'],
  ['system identifier', 'system'],
]

export function formatComparison({ source, fork }: Comparison, onDisk: DiskUse): string[] {
  const line = (label: string, one: string, other: string) => `    ${label.padEnd(19)}${one.padEnd(27)}${other}`
  return [
    paint('dim', line('', 'source', 'fork')),
    ...rows.map(([label, key]) => {
      const text = line(label, source[key], fork[key])
      return key === 'tracking' || key === 'timeline' ? paint('bold', text) : text
    }),
    line('on disk', formatBytes(onDisk.sourceBytes), describeFork(onDisk)),
  ]
}

const describeFork = ({ forkBytes, ownBytes }: DiskUse): string =>
  ownBytes === undefined ? formatBytes(forkBytes) : `${formatBytes(ownBytes)} of its own`

/** The fork leaves the source's timeline where its recovery ended. */
export function drawTimelines({ source, fork }: Comparison, position: string): string[] {
  const trunk = `    timeline ${source.timeline}  source ───────────`
  const branch = `    timeline ${fork.timeline}  fork`.padEnd(trunk.length)
  return [
    `${trunk}●──────────────▶ ${source.position}`,
    `${' '.repeat(trunk.length)}${paint('cyan', `│ ${position}`)}`,
    `${branch}${paint('cyan', `└──────────────▶ ${fork.position}`)}`,
  ]
}
