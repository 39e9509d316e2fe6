import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { collectGarbage, createFork, openFork, openSnapshot } from '@pgfork/core'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { codeBlocks } from '../../support/code-blocks.ts'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const checkout = resolve(import.meta.dirname, '../../..')
const page = await readFile(join(checkout, 'docs/masking.md'), 'utf8')
const named = new Map([...page.matchAll(/^```ts (\w+)\n(.*?)^```$/gms)].map(([, name = '', code = '']) => [name, code]))

test('the recipe has at most 20 lines beside its plan and its query', () => {
  const recipe = /^export const mask.*?^}$/ms.exec(named.get('mask') ?? '')?.[0] ?? ''
  expect(recipe.split('\n').length).toBeGreaterThan(5)
  expect(recipe.split('\n').length).toBeLessThanOrEqual(20)
  expect(codeBlocks(page).length).toBe(named.size + 1)
})

await describeOn('btrfs', {}, (bench) => {
  test('the code of docs/masking.md masks, makes forks of a snapshot, resets, and refuses a column that nobody classified', async () => {
    const { source, options } = bench
    await source.query('CREATE DATABASE shop')
    const shop = (server: { readonly connection: object }) => ({
      connection: { ...server.connection, database: 'shop' },
    })
    await query(
      shop(source),
      `CREATE TABLE customers AS SELECT id, 'ada' || id || '@analytical.engine' AS email, date '1815-12-10' AS born
         FROM generate_series(1, 1000) id; CREATE INDEX ON customers (email);
       CREATE TABLE orders AS SELECT id, id AS customer, 'analytical.engine' AS notes FROM generate_series(1, 10) id; ANALYZE`,
    )
    const folder = await mkdtemp(join(import.meta.dirname, 'masking-'))
    const state = join(folder, 'state')
    await mkdir(state, { mode: 0o700 })
    const here = { ...options, stateDirectory: state }
    const run = async (name: string) => {
      await writeFile(
        join(folder, `${name}.ts`),
        (named.get(name) ?? '').replaceAll('/srv/pg/main', source.dataDirectory),
      )
      return execa(process.execPath, ['--import', 'tsx', join(folder, `${name}.ts`)], {
        cwd: checkout,
        env: { PGFORK_STATE_DIRECTORY: state },
        reject: false,
      })
    }
    const sample =
      'SELECT email, born::text AS born, notes FROM customers JOIN orders ON customer = customers.id WHERE orders.id = 7'
    const expected = [{ email: 'customer7@example.com', born: '1815-01-01', notes: null }]
    try {
      await writeFile(join(folder, 'mask.ts'), named.get('mask') ?? '')
      const nightly = await run('nightly')
      expect(nightly.stderr).toBe('')
      const fork = await openFork('for-ada', here)
      expect(await query(shop(fork), sample)).toEqual(expected)
      await query(shop(fork), `UPDATE customers SET email = 'mine'`)
      await fork.reset()
      expect(await query(shop(fork), sample)).toEqual(expected)
      const found = await runner.run('grep', ['-rlaF', 'analytical.engine', fork.dataDirectory]).catch((error) => error)
      expect(found).toMatchObject({ exitCode: 1 })
      await fork.destroy()
      await (await openSnapshot('masked', here)).destroy()

      // Another process resets a fork that it has not made.
      const staging = {
        name: 'staging',
        source: source.dataDirectory,
        lifetime: 'persistent',
        database: 'shop',
      } as const
      const made = await createFork({ ...here, ...staging, prepare: (client) => client.query('DELETE FROM orders') })
      await expect((await openFork('staging', here)).reset()).rejects.toMatchObject({ code: 'RESET_UNAVAILABLE' })
      expect((await run('reset')).stderr).toBe('')
      expect(await query(shop(await openFork('staging', here)), sample)).toEqual(expected)
      await made.destroy()

      await query(shop(source), 'ALTER TABLE customers ADD phone text')
      const refused = await run('nightly')
      expect(refused.exitCode).toBe(1)
      expect(refused.stderr).toContain('Nobody has said what becomes of public.customers.phone')
      expect(refused.stderr).toContain('PREPARE_FAILED')
      expect(await collectGarbage(here)).toEqual([])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
