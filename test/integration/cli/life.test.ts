import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { listForks } from '@pgfork/core'
import pg from 'pg'
import { expect, test } from 'vitest'
import { findClientTool } from '../../support/system/find-client-tool.ts'
import { describeCommand } from './describe-command.ts'

await describeCommand('btrfs', (bench) => {
  const ask = async (name: string, sql: string) => {
    const client = new pg.Client((await bench.pgfork(['url', name])).stdout)
    await client.connect()
    return client.query(sql).finally(() => client.end())
  }

  test('a fork is stopped, started, reset with the SQL that prepared it, and used by psql', async () => {
    await bench.source.query('CREATE TABLE people AS SELECT 1 AS id, $$Ada$$ AS name')
    const sql = join(bench.folder, 'mask.sql')
    await writeFile(sql, `UPDATE people SET name = 'masked'`)
    const made = await bench.pgfork(['create', '--name', 'staging', '--prepare', sql, '--quiet'])
    expect(made.status, made.stderr).toBe(0)

    expect((await bench.pgfork(['stop', 'staging'])).stdout).toBe('Stopped staging.')
    expect((await listForks(bench.options))[0]?.isRunning).toBe(false)
    expect((await bench.pgfork(['start', 'staging'])).stdout).toBe('Started staging.')

    await ask('staging', 'DROP TABLE people')
    expect((await bench.pgfork(['reset', 'staging', '--yes', '--json'])).json()).toMatchObject({
      failed: [{ name: 'staging', error: { code: 'RESET_UNAVAILABLE' } }],
    })
    expect(await bench.pgfork(['reset', 'staging', '--prepare', sql, '--yes'])).toMatchObject({ status: 0 })
    expect((await ask('staging', 'SELECT * FROM people')).rows).toEqual([{ id: 1, name: 'masked' }])

    const psql = await findClientTool('psql')
    if (psql === undefined) throw new Error('psql is not installed')
    const environment = { PATH: `${dirname(psql)}:${process.env.PATH}`, PGHOSTADDR: '203.0.113.7', PGPORT: '1' }
    const words = ['psql', 'staging', '--', '-XAtc', 'SELECT name FROM people']
    expect(await bench.pgfork(words, { environment })).toMatchObject({ status: 0, stdout: 'masked' })
    const failing = ['psql', 'staging', '--', '-Xv', 'ON_ERROR_STOP=1', '-c', 'SELECT 1/0']
    expect((await bench.pgfork(failing, { environment })).status).toBe(1)
    expect(await bench.pgfork(['destroy', 'staging', '--yes'])).toMatchObject({ status: 0 })
  })

  test('a configuration in TypeScript is found upwards, and what it prepares is what reset repeats', async () => {
    const config = join(bench.folder, 'pgfork.config.ts')
    const code = `import { defineConfig } from 'pgfork'
      export default defineConfig({
        driver: 'btrfs',
        create: { settings: { work_mem: '9MB' }, prepare: (client) => client.query('CREATE TABLE mark AS SELECT 1 AS one') },
      })`
    await writeFile(config, code)
    const cwd = join(bench.folder, 'node_modules')
    const made = await bench.pgfork(['create', '--name', 'configured', '--quiet'], { cwd })
    expect(made.status, made.stderr).toBe(0)
    await ask('configured', 'DROP TABLE mark')
    expect(await bench.pgfork(['reset', 'configured', '-y'], { cwd })).toMatchObject({ status: 0 })
    expect((await ask('configured', 'SELECT one FROM mark')).rows).toEqual([{ one: 1 }])
    expect((await ask('configured', 'SHOW work_mem')).rows).toEqual([{ work_mem: '9MB' }])
    expect((await bench.pgfork(['config', '--json'], { cwd })).json()).toMatchObject({
      file: config,
      config: { create: { prepare: '[function]' } },
      environment: { PGFORK_SOURCE: bench.source.dataDirectory },
    })
    expect(await bench.pgfork(['destroy', 'configured', '-y'], { cwd })).toMatchObject({ status: 0 })
  })
})
