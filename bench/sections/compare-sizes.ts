import { join } from 'node:path'
import { createFork } from '@pgfork/core'
import { createPgbenchTables, startPgbench } from '../../test/support/load/index.ts'
import { runner } from '../../test/support/system/runner.ts'
import { formatMs, formatRatio, formatSpread, formatTable } from '../report.ts'
import { medianOf, spreadOf } from '../statistics.ts'
import { openWorkbench, type Workbench, watchFor } from '../workbench.ts'
import type { Section } from './section.ts'

const smallScale = 10
const fillerRowBytes = 8192
const segmentBytes = 1024 ** 3
const mostFilled = 8 * segmentBytes

/** The same work on servers of very different size. */
export const compareSizes: Section = {
  title: 'Size of the source',
  async measure({ runs, largeBytes, driver }, tell) {
    await using small = await openWorkbench(driver, 8192)
    await using large = await openWorkbench(driver, 8192 + (2 * Math.min(largeBytes, mostFilled)) / 1024 ** 2)
    tell(`filling ${largeBytes / 1024 ** 3} GB`)
    await fill(large, largeBytes)
    const subjects = [small, large].map((bench) => ({ bench, name: '', times: [] as number[] }))
    for (const subject of subjects) {
      await createPgbenchTables(subject.bench.source, smallScale)
      subject.name = await sizeOf(subject.bench)
    }
    for (let run = 1; run <= runs; run++)
      for (const { bench, name, times } of subjects) {
        times.push(await forkUnderLoad(bench))
        tell(`run ${run} of ${runs}, ${name}: ${formatMs(times.at(-1) ?? 0)}`)
      }
    const [ofSmall = 0, ofLarge = 0] = subjects.map(({ times }) => medianOf(times))
    const table = formatTable(
      ['size of the source', 'createFork, median (min - max)'],
      subjects.map(({ name, times }) => [name, formatSpread(spreadOf(times))]),
    )
    return {
      details: table,
      summary: table,
      goals: [{ what: 'large source / small source', limit: 1.2, found: ofLarge / ofSmall, format: formatRatio }],
    }
  },
}

/**
 * Without WAL, which wal_level = minimal allows for a table made in the same transaction. Above 8 GB further segments of the table are
 * reflinks of its first one, where the disk would have no room for as many bytes: to a fork, and to PostgreSQL, they are files like others.
 */
async function fill({ source }: Workbench, bytes: number): Promise<void> {
  const filled = Math.min(bytes, mostFilled)
  await source.settings({ wal_level: 'minimal', max_wal_senders: 0 })
  await source.restart()
  await source.query(`BEGIN;
    CREATE TABLE filler (id int, payload text);
    ALTER TABLE filler ALTER payload SET STORAGE PLAIN;
    INSERT INTO filler SELECT id, repeat(md5(id::text), 245) FROM generate_series(1, ${Math.round(filled / fillerRowBytes)}) id;
    COMMIT`)
  await source.settings({ wal_level: 'replica', max_wal_senders: 10 })
  const [table] = await source.query<{ path: string }>(`SELECT pg_relation_filepath('filler') AS path`)
  await source.stop()
  const first = join(source.dataDirectory, table?.path ?? '')
  for (let segment = filled / segmentBytes; segment < bytes / segmentBytes; segment++)
    await runner.run('cp', ['-a', '--reflink=always', first, `${first}.${segment}`])
  await source.start()
}

async function sizeOf({ source }: Workbench): Promise<string> {
  const rows = await source.query<{ size: string }>(
    'SELECT pg_size_pretty(sum(pg_database_size(oid))) AS size FROM pg_database',
  )
  return rows[0]?.size ?? ''
}

async function forkUnderLoad({ source, driver, stateDirectory }: Workbench): Promise<number> {
  await source.query('CHECKPOINT')
  await using load = await startPgbench(source, { clients: 4 })
  await watchFor(2000)
  const startedAt = performance.now()
  await using _fork = await createFork({ source: source.dataDirectory, driver, stateDirectory })
  const elapsed = performance.now() - startedAt
  await load.stop()
  return elapsed
}
