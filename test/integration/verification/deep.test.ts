import { readdirSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { checkRelations } from '../../../packages/core/src/fork/verify/check-relations.ts'
import { type Cluster, findVersionWith, testedVersion } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

const deep = { verify: { deep: true } }

async function fileOf(source: Cluster, relation: string): Promise<string> {
  const rows = await source.query<{ path: string }>('SELECT pg_relation_filepath($1::regclass) AS path', [relation])
  return rows[0]?.path ?? ''
}

/** Changes bytes in the middle of a page of a stopped source, as a failing disk would. */
async function damagePage(source: Cluster, path: string, page: number): Promise<() => Promise<void>> {
  const file = await open(join(source.dataDirectory, path), 'r+')
  const position = page * 8192 + 6000
  const { buffer } = await file.read(Buffer.alloc(64), 0, 64, position)
  await file.write(Buffer.alloc(64, 0xa5), 0, 64, position)
  await file.close()
  return async () => {
    const repaired = await open(join(source.dataDirectory, path), 'r+')
    await repaired.write(buffer, 0, 64, position)
    await repaired.close()
  }
}

await describeWorkbench(
  'deep verification of a source with checksums',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const directory = join(await bench.directory(storage, 'source'), 'main')
    const source = await bench.cluster({
      directory,
      version: await findVersionWith('pg_checksums'),
      initdbOptions: ['--data-checksums'],
      settings: { autovacuum: 'off' },
    })
    await source.query('CREATE DATABASE other')
    await source.query(`CREATE TABLE filled AS SELECT id, repeat('x', 100) AS content FROM generate_series(1, 5000) id;
      CREATE INDEX filled_id ON filled (id); CHECKPOINT`)
    return { source }
  },
  (bench) => {
    test('a sound source: all pages, indexes and tables of every database were checked, and the fork is as it was', async () => {
      const { source } = bench
      await using fork = await bench.fork(source, { driver: btrfs(), ...deep })
      const checks = new Map(fork.verification?.checks.map(({ name, found }) => [name, found]))
      expect(Number.parseInt(checks.get('all pages have their checksums') ?? '', 10)).toBeGreaterThan(1000)
      for (const database of ['postgres', 'other', 'template1'])
        expect(
          Number.parseInt(checks.get(`indexes and tables of ${database} agree (amcheck)`) ?? '', 10),
        ).toBeGreaterThan(150)
      expect(fork.verification?.warnings).toEqual([])
      expect(await query(fork, `SELECT FROM pg_extension WHERE extname = 'amcheck'`)).toEqual([])
      // The log of the fork tells of its stop and start for the check of pages; it is as usable as any other.
      await query(fork, 'INSERT INTO filled VALUES (0)')
      await fork.reset()
      expect(await query(fork, 'SELECT FROM filled WHERE id = 0')).toEqual([])
    })

    test('a fork whose server takes too long to stop is refused for that, and no damage is claimed', async () => {
      const { source } = bench
      /** It heeds no signal but SIGKILL then. */
      const stopServer = (): void => {
        const clones = join(source.dataDirectory, '../../.pgfork/clones')
        const [clone] = readdirSync(clones).filter((name) => name.startsWith('slow.'))
        const file = join(clones, clone ?? '', 'volume/main/postmaster.pid')
        process.kill(Number.parseInt(readFileSync(file, 'utf8'), 10), 'SIGSTOP')
      }
      const made = bench.fork(source, {
        ...{ driver: btrfs(), name: 'slow', ...deep, timeouts: { stopMs: 300 } },
        onProgress({ step, status }) {
          if (step === 'pages' && status === 'started') stopServer()
        },
      })
      await expect(made).rejects.toMatchObject({
        ...{ code: 'TIMED_OUT', step: 'pages', leftBehind: [] },
        message: expect.stringContaining('did not stop within 300 ms'),
      })
    })

    test('a page with a wrong checksum: the fork is refused, and the file and block are named', async () => {
      const { source } = bench
      const path = await fileOf(source, 'filled')
      await source.stop()
      const repair = await damagePage(source, path, 3)
      await source.start()
      try {
        await expect(bench.fork(source, { driver: btrfs(), ...deep })).rejects.toMatchObject({
          code: 'VERIFICATION_FAILED',
          message: expect.stringMatching(new RegExp(`${path}".* block 3|block 3.*${path}`)),
        })
        // Without it nobody has read that page.
        await using fork = await bench.fork(source, { driver: btrfs() })
        expect(await query(fork, 'SELECT FROM filled WHERE id = 5000')).toHaveLength(1)
      } finally {
        await source.stop()
        await repair()
        await source.start()
      }
    })

    test('an index that misses rows: the fork is refused, and the index is named', async () => {
      const { source } = bench
      const setReady = (isReady: boolean) =>
        source.query(`UPDATE pg_index SET indisready = $1, indisvalid = $1 WHERE indexrelid = 'filled_id'::regclass`, [
          isReady,
        ])
      await setReady(false)
      await source.query('INSERT INTO filled SELECT id FROM generate_series(5001, 5010) id')
      await setReady(true)
      await expect(bench.fork(source, { driver: btrfs(), ...deep })).rejects.toMatchObject({
        code: 'VERIFICATION_FAILED',
        message: expect.stringMatching(/postgres: public.filled_id: .*lacks matching index tuple/),
      })
      await source.query('REINDEX INDEX filled_id')
      await using fork = await bench.fork(source, { driver: btrfs(), ...deep })
      expect(fork.verification?.warnings).toEqual([])
    })

    test('a damaged index in another database is found, too', async () => {
      const { source } = bench
      const other = { connection: { ...source.connection, database: 'other' } }
      await query(
        other,
        `CREATE TABLE sorted AS SELECT id FROM generate_series(1, 100) id; CREATE INDEX sorted_up ON sorted (id);
        CREATE INDEX sorted_down ON sorted (id DESC)`,
      )
      // Each one's file is the other's: right for its order, wrong for its definition.
      await query(
        other,
        `UPDATE pg_class SET relfilenode = CASE relname WHEN 'sorted_up' THEN (SELECT relfilenode FROM pg_class
        WHERE relname = 'sorted_down') ELSE (SELECT relfilenode FROM pg_class WHERE relname = 'sorted_up') END
        WHERE relname IN ('sorted_up', 'sorted_down')`,
      )
      await expect(bench.fork(source, { driver: btrfs(), ...deep })).rejects.toMatchObject({
        code: 'VERIFICATION_FAILED',
        message: expect.stringMatching(/other: public.sorted_(up|down): .*other: public.sorted_(up|down): /),
      })
      await query(other, 'DROP TABLE sorted')
    })

    test('H109: collations of another version than their indexes: named, with what to do; of databases by every fork', async () => {
      const { source } = bench
      await source.query(`CREATE COLLATION german (provider = icu, locale = 'de');
        UPDATE pg_collation SET collversion = '1.2.3' WHERE collname = 'german'`)
      await source.query(`CREATE DATABASE swedish TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'sv'`)
      await source.query(`UPDATE pg_database SET datcollversion = '4.5.6' WHERE datname = 'swedish'`)
      // As a C library leaves it that tells no version, such as musl.
      await source.query(`CREATE DATABASE danish TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'da'`)
      await source.query(`UPDATE pg_database SET datcollversion = NULL WHERE datname = 'danish'`)
      const ofDatabases = [
        expect.stringMatching(/^danish: the collation of the database was used without one, .* here it is \d.*rebuild/),
        expect.stringMatching(/^swedish: the collation of the database was used with version 4\.5\.6, here it is \d/),
      ]
      await using fork = await bench.fork(source, { driver: btrfs(), ...deep })
      expect(fork.verification?.warnings.toSorted()).toEqual([
        ofDatabases[0],
        expect.stringMatching(/^postgres: the collation german was used with version 1\.2\.3, here it is .*rebuild/),
        ofDatabases[1],
      ])
      expect(fork.verification?.report).toContain('the collation german')
      await using shallow = await bench.fork(source, { driver: btrfs() })
      expect(shallow.verification?.warnings.toSorted()).toEqual(ofDatabases)
    })
  },
)

await describeWorkbench(
  'deep verification where something is missing',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const directory = async (name: string) => join(await bench.directory(storage, `source-${name}`), 'main')
    // From 14 on amcheck looks at tables.
    const version = Number(testedVersion()) >= 14 ? testedVersion() : '15'
    const common = { binaries: 'npm', version } as const
    const withChecksums = await bench.cluster({
      ...common,
      directory: await directory('with'),
      initdbOptions: ['--data-checksums'],
    })
    // From 18 on checksums are the default.
    const initdbOptions = Number(version) >= 18 ? ['--no-data-checksums'] : []
    const without = await bench.cluster({ ...common, directory: await directory('without'), initdbOptions })
    return { withChecksums, without }
  },
  (bench) => {
    test('server binaries without pg_checksums: said, and the rest is checked', async () => {
      await using fork = await bench.fork(bench.withChecksums, { driver: btrfs(), ...deep })
      expect(fork.verification?.warnings).toEqual([expect.stringMatching(/^Pages were not checked: .*pg_checksums/)])
      expect(fork.verification?.checks.map(({ name }) => name)).toContain(
        'indexes and tables of postgres agree (amcheck)',
      )
    })

    test('a source without checksums: said, and a damaged table is found all the same', async () => {
      const { without: source } = bench
      {
        await using fork = await bench.fork(source, { driver: btrfs(), ...deep })
        expect(fork.verification?.warnings).toEqual([
          expect.stringMatching(/^Pages were not checked: .*no data checksums/),
        ])
      }
      await source.query('CREATE TABLE damaged AS SELECT id FROM generate_series(1, 5000) id; CHECKPOINT')
      const path = await fileOf(source, 'damaged')
      await source.stop()
      const file = await open(join(source.dataDirectory, path), 'r+')
      // The line pointers of page 2 lead nowhere.
      await file.write(Buffer.alloc(40, 0x77), 0, 40, 2 * 8192 + 24)
      await file.close()
      await source.start()
      await expect(bench.fork(source, { driver: btrfs(), ...deep })).rejects.toMatchObject({
        code: 'VERIFICATION_FAILED',
        message: expect.stringMatching(/postgres: public.damaged, block 2: /),
      })
    })

    test('a database of many relations: their savepoints do not nest', async () => {
      const session = await bench.without.client()
      try {
        const contexts: number[] = []
        // The session as it is right before it rolls back.
        const watched = new Proxy(session, {
          get(client, name) {
            if (name !== 'query') return Reflect.get(client, name)
            return async (text: string, values?: unknown[]) => {
              if (text === 'rollback') {
                const { rows } = await client.query<{ count: number }>(
                  `SELECT count(*)::int FROM pg_backend_memory_contexts WHERE name = 'CurTransactionContext'`,
                )
                contexts.push(rows[0]?.count ?? 0)
              }
              return client.query(text, values)
            }
          },
        })
        const checked = await checkRelations(watched)
        expect(checked?.checked).toBeGreaterThan(150)
        expect(contexts).toEqual([expect.any(Number)])
        expect(contexts[0]).toBeLessThan(3)
      } finally {
        await session.end()
      }
    })
  },
)
