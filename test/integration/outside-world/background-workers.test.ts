import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { type MajorVersion, majorVersions } from '../../support/cluster/index.ts'
import { startByHand } from '../../support/fork/start-by-hand.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

type Server = Parameters<typeof query>[0]

/** The newest Debian server that has it. */
async function findCron(): Promise<MajorVersion | undefined> {
  const isInstalled = (version: MajorVersion) =>
    access(`/usr/share/postgresql/${version}/extension/pg_cron.control`).then(
      () => true,
      () => false,
    )
  for (const version of majorVersions.toReversed()) if (await isInstalled(version)) return version
  return undefined
}

const version = await findCron()
if (version === undefined)
  test.skip('H25: skipped: pg_cron is not installed. Run: apt-get install postgresql-15-cron', () => undefined)
else await describeCron(version)

async function describeCron(version: MajorVersion): Promise<void> {
  await describeWorkbench(
    'a source with pg_cron',
    ['btrfs'],
    async (bench) => {
      const storage = await bench.storage('btrfs')
      const settings = {
        // `lo` and `bloom` are no libraries that are known: they do nothing.
        shared_preload_libraries: 'pg_cron, pg_stat_statements, lo, "$libdir/bloom"',
        'cron.use_background_workers': 'on',
        max_worker_processes: 20,
      }
      const source = await bench.cluster({
        directory: join(await bench.directory(storage, 'source'), 'main'),
        settings,
        version,
        binaries: 'debian',
      })
      await source.query(`
      CREATE EXTENSION pg_cron;
      CREATE EXTENSION bloom;
      CREATE TABLE blooming (id int); CREATE INDEX ON blooming USING bloom (id);
      CREATE TABLE ticks (at timestamptz DEFAULT clock_timestamp(), port text DEFAULT current_setting('port'));
      CREATE PROCEDURE tick() LANGUAGE plpgsql AS $$
        BEGIN LOOP INSERT INTO ticks DEFAULT VALUES; COMMIT; PERFORM pg_sleep(1); END LOOP; END $$;
      SELECT cron.schedule('ticking', '@reboot', 'CALL tick()')`)
      // 1.4 has no schedule below a minute; this one begins when its launcher does, in a fork as well.
      await source.restart()
      return { source }
    },
    (bench) => {
      const ticks = async (server: Server) =>
        (await query<{ ticks: number }>(server, 'SELECT count(*)::int AS ticks FROM ticks'))[0]?.ticks ?? 0

      const waitForTicks = (server: Server, more: number) =>
        ticks(server).then((before) =>
          waitUntil(async () => (await ticks(server)) >= before + more, {
            timeoutMs: 60_000,
            what: 'ticks of the job',
          }),
        )

      const libraries = 'SHOW shared_preload_libraries'

      test('H25: a job that writes a row a second goes on in the source, and does not run in its fork', async () => {
        const { source } = bench
        await waitForTicks(source, 1)
        await using fork = await bench.fork(source, { driver: btrfs() })
        const held = await ticks(fork)
        expect(held).toBeGreaterThan(0)
        for (const start of ['made', 'by hand']) {
          if (start === 'by hand') {
            await fork.stop()
            await startByHand(source, fork)
          }
          await waitForTicks(source, 4)
          expect(await ticks(fork)).toBe(held)
          expect(await query(fork, `SELECT FROM pg_stat_activity WHERE backend_type LIKE 'pg_cron%'`)).toEqual([])
          expect(await query(fork, libraries)).toEqual([{ shared_preload_libraries: 'pg_stat_statements' }])
        }
        expect(fork.verification?.foreignWorkers).toEqual([])
        expect(fork.verification?.changes[0]).toMatch(/^pg_cron, which runs scheduled jobs, .*H25.*keep: \['pg_cron'\]/)
        expect(fork.verification?.report).toContain('pg_cron, which runs scheduled jobs')
        // The job stays to be looked at.
        expect(await query(fork, 'SELECT jobname, active FROM cron.job')).toEqual([
          { jobname: 'ticking', active: true },
        ])
      })

      test("H25: backgroundWorkers: 'keep' lets it run, which is said", async () => {
        const { source } = bench
        await using fork = await bench.fork(source, { driver: btrfs(), backgroundWorkers: 'keep' })
        await waitForTicks(fork, 2)
        expect(await query(fork, 'SELECT port FROM ticks ORDER BY at DESC LIMIT 1')).toEqual([
          { port: String(fork.port) },
        ])
        expect(await source.query(`SELECT FROM ticks WHERE port = '${fork.port}'`)).toEqual([])
        expect(fork.verification?.foreignWorkers).toContain('pg_cron launcher')
        expect(fork.verification?.warnings).toContainEqual(expect.stringMatching(/pg_cron launcher \(H25\)/))
      })

      test('H67: libraries that are not known are left out; what can not be read without them is told, also after a reset', async () => {
        await using fork = await bench.fork(bench.source, { driver: btrfs() })
        const told = () => {
          expect(fork.verification?.changes).toEqual([
            expect.stringMatching(/^pg_cron, /),
            expect.stringMatching(/^lo was left out .*H67.*keep: \['lo'\]/),
            expect.stringMatching(/^bloom was left out .*H67/),
          ])
          expect(fork.verification?.warnings).toEqual([
            expect.stringMatching(
              /^postgres: 1 of its tables and indexes have the access method bloom .*H67.*keep: \['bloom'\]/,
            ),
          ])
        }
        told()
        expect(fork.verification?.report).toContain('access method bloom')
        await fork.reset()
        told()
        expect(await query(fork, libraries)).toEqual([{ shared_preload_libraries: 'pg_stat_statements' }])
      })

      test('H67: those that the caller names run as in the source, which is said', async () => {
        await using fork = await bench.fork(bench.source, {
          driver: btrfs(),
          backgroundWorkers: { keep: ['bloom', 'pg_cron'] },
        })
        expect(await query(fork, libraries)).toEqual([
          { shared_preload_libraries: 'pg_cron, pg_stat_statements, "$libdir/bloom"' },
        ])
        await waitForTicks(fork, 1)
        expect(fork.verification?.changes).toEqual([expect.stringMatching(/^lo was left out /)])
        expect(fork.verification?.warnings.slice(0, 2)).toEqual([
          expect.stringMatching(/^pg_cron is preloaded .* as you asked/),
          expect.stringMatching(/^bloom is preloaded .* as you asked/),
        ])
      })

      test("H25: backgroundWorkers: 'neutralize' lets what it doesn't know run, with a warning", async () => {
        await using fork = await bench.fork(bench.source, { driver: btrfs(), backgroundWorkers: 'neutralize' })
        expect(await query(fork, libraries)).toEqual([
          { shared_preload_libraries: 'pg_stat_statements, lo, "$libdir/bloom"' },
        ])
        expect(fork.verification?.changes).toEqual([expect.stringMatching(/^pg_cron, /)])
        expect(fork.verification?.warnings).toEqual([
          expect.stringMatching(/^lo is preloaded .*H25/),
          expect.stringMatching(/^bloom is preloaded .*H25/),
        ])
      })

      test('H67: a fork that does not start tells what it had to do without', async () => {
        const made = bench.fork(bench.source, { driver: btrfs(), settings: { work_mem: 'plenty' } })
        await expect(made).rejects.toMatchObject({
          code: 'SERVER_START_FAILED',
          message: expect.stringMatching(/It may need a library .*pg_cron, lo, bloom\. .*backgroundWorkers/),
        })
      })
    },
  )
}
