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
        // `lo` is no library that is known: it does nothing.
        shared_preload_libraries: 'pg_cron, pg_stat_statements, lo',
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
          expect(await query(fork, libraries)).toEqual([{ shared_preload_libraries: 'pg_stat_statements, lo' }])
        }
        expect(fork.verification?.foreignWorkers).toEqual([])
        expect(fork.verification?.changes).toEqual([
          expect.stringMatching(/^pg_cron, which runs scheduled jobs, .*H25/),
        ])
        expect(fork.verification?.warnings).toEqual([expect.stringMatching(/^lo is preloaded .*H25/)])
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

      test("H25: backgroundWorkers: 'strict' leaves out what it doesn't know, too", async () => {
        await using fork = await bench.fork(bench.source, { driver: btrfs(), backgroundWorkers: 'strict' })
        expect(await query(fork, libraries)).toEqual([{ shared_preload_libraries: 'pg_stat_statements' }])
        expect(fork.verification?.changes).toEqual([
          expect.stringMatching(/^pg_cron, /),
          expect.stringMatching(/^lo was left out .*H25/),
        ])
      })
    },
  )
}
