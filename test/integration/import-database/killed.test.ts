import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, createFork, importDatabase, listImports } from '@pgfork/core'
import { expect, test, vi } from 'vitest'
import { letIn } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { type Death, importUntilKilled, measureImport } from '../../support/programs/doomed-process.ts'
import { query } from '../../support/query.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const timeoutMs = 60 * 60_000

await describeOn('btrfs', {}, (bench) => {
  test('H93: an import that is killed is made again by the same call, as if it had not been begun', {
    timeout: timeoutMs,
  }, async () => {
    const { source, storage, options } = bench
    await source.query('CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id')
    await source.query(`CREATE ROLE reader LOGIN PASSWORD 'of-the-reader' IN ROLE pg_read_all_data`)
    await letIn(source, ['host all reader 127.0.0.1/32 md5'])
    // Too long for a socket, which then lies in the temporary folder.
    const directory = join(storage.path, 'killed-'.padEnd(100, 'x'))
    const temporary = await makeWorkFolder('temporary')
    vi.stubEnv('TMPDIR', temporary)
    const left = async () => (await readdir(temporary)).filter((name) => /^pgfork-[0-9a-f]{16}$/.test(name))
    const { stateDirectory } = options
    const life = {
      ...{ name: 'killed', directory, stateDirectory, binDirectory: source.binDirectory },
      from: `postgresql://reader:of-the-reader@127.0.0.1:${source.port}/postgres`,
      ...{ databases: ['postgres'], jobs: 2, owner: 'postgres' },
    }
    const again = async () => importDatabase({ ...options, ...life })
    const length = await measureImport(life)
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
    // At the last event it is whole, and its name is taken.
    const events = numbers(length.events - 1).map((number): Death => ({ at: 'event', number }))
    const deaths: readonly Death[] = byExtent(
      // While the first database is dumped.
      [{ at: 'event', number: 7 }],
      events,
      [...events, ...numbers(length.commands).map((number): Death => ({ at: 'during', number }))],
    )
    for (const death of deaths) {
      expect(await importUntilKilled({ ...life, death }), JSON.stringify(death)).toBe(true)
      const imported = await again().catch((error: unknown) => {
        throw new Error(`After the end at ${JSON.stringify(death)}: ${error}`, { cause: error })
      })
      try {
        expect((await imported.generations()).map(({ number }) => number)).toEqual([1])
        await using fork = await createFork({ ...options, source: imported })
        expect(await query(fork, 'SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 1000 }])
      } finally {
        await imported.destroy()
      }
      expect(existsSync(directory), JSON.stringify(death)).toBe(false)
      expect(await left(), JSON.stringify(death)).toEqual([])
    }
    expect(await listImports(options)).toEqual([])
    expect(await collectGarbage(options)).toEqual([])
    vi.unstubAllEnvs()
    await rm(temporary, { recursive: true })
    // Each import was a cluster of its own, with a place for the timelines of its forks.
    for (const name of await readdir(join(stateDirectory, 'timelines')))
      await rm(join(stateDirectory, 'timelines', name), { recursive: true })
  })
})
