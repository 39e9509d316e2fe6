import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { byExtent } from '../../support/extent.ts'
import { installNode, otherNodes } from '../../support/system/install-node.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeCommand } from './describe-command.ts'

await describeCommand('btrfs', (bench) => {
  describe.each(byExtent(otherNodes.slice(-1), [...otherNodes]))('with Node %s', (version) => {
    const run = async (words: readonly string[], input?: string) => {
      // A warning of Node's about itself fails it.
      const args = ['--throw-deprecation', '--pending-deprecation', bench.commandPath, ...words]
      const { exitCode, stdout, stderr } = await execa(await installNode(version), args, {
        ...{ cwd: bench.folder, env: bench.environment, reject: false },
        ...(input === undefined ? { stdin: 'ignore' } : { input }),
      })
      return { status: exitCode, stdout, stderr }
    }

    test('a configuration in TypeScript is read, and a fork is made, used, reset and destroyed', async () => {
      const config = join(bench.folder, 'pgfork.config.ts')
      const code = `import { defineConfig } from 'pgfork'
        export default defineConfig({ create: { prepare: (client) => client.query('CREATE TABLE mark AS SELECT 1 AS one') } })`
      await writeFile(config, code)
      try {
        const made = await run(['create', '--name', 'elsewhere', '--json'])
        expect(made, made.stdout).toMatchObject({ status: 0, stderr: '' })
        const client = new pg.Client(JSON.parse(made.stdout).connectionString)
        await client.connect()
        expect((await client.query('SELECT one FROM mark')).rows).toEqual([{ one: 1 }])
        await client.end()
        expect(await run(['reset', 'elsewhere', '--yes', '--json'])).toMatchObject({ status: 0, stderr: '' })
        expect((await run(['list'])).stdout).toMatch(/^elsewhere +running /m)
        expect(await run(['destroy', 'elsewhere', '--yes', '--json'])).toMatchObject({ status: 0, stderr: '' })
      } finally {
        await rm(config)
      }
    })

    test('a command is run with a fork, and requests are answered', async () => {
      const ran = await run(['run', '--quiet', '--', 'sh', '-c', 'echo "$PGDATABASE"; exit 7'])
      expect(ran, ran.stderr).toMatchObject({ status: 7, stdout: 'postgres' })
      const requests = [
        { jsonrpc: '2.0', id: 1, method: 'create', params: { name: 'asked' } },
        { jsonrpc: '2.0', id: 2, method: 'list' },
      ]
      const answered = await run(['--stdio'], requests.map((request) => `${JSON.stringify(request)}\n`).join(''))
      expect(answered, answered.stderr).toMatchObject({ status: 0, stderr: '' })
      expect(answered.stdout).toContain('"name":"asked"')
      await rm(join(bench.stateDirectory, 'locks'), { recursive: true, force: true })
      await expectNothingLeft(bench)
    })
  })
})
