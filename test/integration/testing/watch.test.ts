import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { collectGarbage, listForks } from '@pgfork/core'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { waitUntil } from '../../support/wait-until.ts'
import { describeTemplatesOn } from '../../support/workbench/template-workbench.ts'

const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url))

const config = `import { configDefaults, mergeConfig } from 'vitest/config'
import base from '../runners/vitest/vitest.config.ts'

export default mergeConfig(base, {
  root: import.meta.dirname,
  test: { reporters: ['default'], forceRerunTriggers: [...configDefaults.forceRerunTriggers, '**/migrations/**'] },
})`

const spec = `import { readdir, readFile } from 'node:fs/promises'
import { createTest } from '@pgfork/testing/vitest'
import { options } from '../runners/template-options.ts'

const directory = import.meta.dirname + '/migrations'
const test = createTest({
  ...options,
  name: 'watched',
  key: { files: '*.sql', directory },
  async setup({ client }) {
    for (const name of (await readdir(directory)).sort()) await client.query(await readFile(directory + '/' + name, 'utf8'))
  },
})

test('sees what the migrations made', async ({ db }) => {
  const { rows } = await db.query("select string_agg(relname, ' ' order by relname) as tables from pg_stat_user_tables")
  console.log('tables: ' + rows[0].tables + '.')
})`

await describeTemplatesOn('btrfs', (bench) => {
  test('vitest --watch: a changed migration makes a new template for the tests that run again', async () => {
    // In the checkout, so that the imports are found.
    const folder = await mkdtemp(join(import.meta.dirname, 'watched-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await mkdir(join(folder, 'migrations'))
    await writeFile(join(folder, 'vitest.config.ts'), config)
    await writeFile(join(folder, 'watched.spec.ts'), spec)
    await writeFile(join(folder, 'migrations', '1.sql'), 'create table first (id int)')

    const { VITEST: _vitest, CI: _ci, NODE_OPTIONS: _options, ...inherited } = process.env
    const watching = execa(process.execPath, [vitest, 'watch', '--root', folder], {
      cwd: folder,
      all: true,
      reject: false,
      extendEnv: false,
      env: {
        ...inherited,
        NO_COLOR: '1',
        RUNNERS_DIRECTORY: bench.directory,
        RUNNERS_STATE_DIRECTORY: bench.stateDirectory,
      },
    })
    let output = ''
    watching.all.on('data', (chunk: Buffer) => {
      output += chunk
    })
    const printed = (text: string) =>
      waitUntil(() => output.includes(text), { timeoutMs: 90_000, what: () => `"${text}" in the output:\n${output}` })
    try {
      await printed('tables: first.')
      await printed('Waiting for file changes')
      await writeFile(join(folder, 'migrations', '2.sql'), 'create table second (id int)')
      await printed('tables: first second.')
    } finally {
      watching.kill('SIGINT')
      await watching
    }
    expect(output).not.toContain('failed')
    // Its worker was interrupted, too: it ends by itself, its servers with it, and the next run removes what is left.
    const { stateDirectory } = bench
    await waitUntil(
      async () => {
        await collectGarbage({ stateDirectory, driver: bench.driver })
        return (await listForks({ stateDirectory })).length === 0
      },
      { timeoutMs: 60_000, pauseMs: 200, what: 'end of the interrupted worker' },
    )
  }, 300_000)
})
