import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { listForks, listSnapshots } from '@pgfork/core'
import { execa } from 'execa'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { codeBlocks } from '../../support/code-blocks.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { listMounts } from '../../support/system/mounts.ts'
import { runner } from '../../support/system/runner.ts'
import { describeCommand } from '../cli/describe-command.ts'

const checkout = resolve(import.meta.dirname, '../../..')
const pages = [
  'README.md',
  'packages/cli/README.md',
  ...['cli', 'quick-start', 'staging', 'ci', 'drivers/btrfs'].map((name) => `docs/${name}.md`),
]
const blocks = (
  await Promise.all(
    pages.map(async (path) =>
      codeBlocks(await readFile(join(checkout, path), 'utf8')).map((block) => ({ path, ...block })),
    ),
  )
).flat()
const isOfCommand = ({ code }: { readonly code: string }) => code.includes('pgfork ')
const ofLanguage = (name: string) => blocks.filter((block) => block.language === name && isOfCommand(block))

/** What stands for a program that a reader has, and that would lead out of the test. */
const standIns = {
  npx: 'exec "$@"',
  sudo: 'while [ "$1" = -u ]; do shift 2; done; exec "$@"',
  // `npm test` and `npm install`.
  npm: 'exit 0',
}

await describeCommand('btrfs', (bench) => {
  let folder: string
  let repository: string

  beforeEach(async () => {
    folder = await makeWorkFolder('blocks')
    repository = join(folder, 'shop')
    for (const name of ['bin', 'metrics', 'shop']) await mkdir(join(folder, name))
    const programs = { ...standIns, pgfork: `exec '${process.execPath}' '${bench.commandPath}' "$@"` }
    for (const [name, line] of Object.entries(programs))
      await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${line}\n`, { mode: 0o755 })
    await writeFile(join(folder, 'fstab'), '')
    await writeFile(join(repository, 'mask.sql'), 'SELECT 1')
    for (const words of [
      ['init', '--quiet', '--initial-branch=main'],
      ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'commit', '--quiet', '--allow-empty', '-m', 'first'],
    ])
      await execa('git', words, { cwd: repository })
  })
  afterEach(async () => {
    for (const { name } of await listForks(bench.options)) await bench.pgfork(['destroy', name, '-y'])
    for (const { name } of await listSnapshots(bench.options)) await bench.pgfork(['snapshot', 'destroy', name, '-y'])
    for (const { mountPoint } of await listMounts())
      if (mountPoint.startsWith(folder)) await runner.run('umount', [mountPoint])
    for (const name of ['branches', 'storage', 'outcomes', 'locks'])
      await rm(join(bench.stateDirectory, name), { recursive: true, force: true })
    await rm(folder, { recursive: true })
  })

  beforeAll(async () => {
    await bench.source.query('CREATE DATABASE shop')
  })

  /** With the places of this test. */
  const localize = (code: string) =>
    code
      .replaceAll('/srv/pg/main', bench.source.dataDirectory)
      .replaceAll('--standby production', bench.source.dataDirectory)
      .replaceAll('--at /srv/pg ', `--at ${join(folder, 'storage')} `)
      .replaceAll('/srv/pgfork', join(folder, 'storage'))
      .replaceAll('/var/lib/prometheus/node-exporter', join(folder, 'metrics'))
      .replaceAll(/--size \d+G/g, '--size 300M')
      .replaceAll(' --port 5433', '')
      // There is nobody to be asked.
      .replaceAll(/(?<=pgfork destroy staging)$/gm, ' --yes')
      .replaceAll(/--fstab\b/g, `--fstab ${join(folder, 'fstab')} --yes`)
  const shell = async (code: string, input?: string) => {
    const env = {
      ...bench.environment,
      USER: 'root',
      PATH: `${folder}/bin:${bench.source.binDirectory}:${process.env.PATH}`,
    }
    const { exitCode, all, stdout } = await execa('sh', ['-euc', localize(code)], {
      ...{ cwd: repository, env, all: true, reject: false, ...(input === undefined ? { stdin: 'ignore' } : { input }) },
    })
    return { exitCode, all, stdout }
  }

  test.each(ofLanguage('sh'))('$path, line $line, runs', async ({ code }) => {
    // Of a fork that an earlier block has made.
    if (code.includes('--fork staging')) await bench.pgfork(['create', '--name', 'staging'])
    const { exitCode, all } = await shell(code)
    expect(exitCode, all).toBe(0)
  })

  test.each(ofLanguage('console'))('$path, line $line, prints what it says', async ({ code }) => {
    const lines = code.trimEnd().split('\n')
    const commands = lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2))
    const input = lines.filter((line) => line.startsWith('{') && !line.includes('"result"')).join('\n')
    const { exitCode, all } = await shell(commands.join('\n'), localize(`${input}\n`))
    expect(exitCode, all).toBe(0)
    // Numbers and what stands for more differ.
    const shapeOf = (line: string) => line.replaceAll(/[\d.]+ m?s\b/g, 'TIME').replaceAll(/\s+/g, ' ')
    const said = (all ?? '').split('\n').map(shapeOf)
    for (const line of lines.filter((one) => !one.startsWith('$ ') && !input.includes(one) && !/\.\.\./.test(one)))
      expect(said).toContain(shapeOf(line))
    for (const line of lines.filter((one) => /\.\.\./.test(one)))
      expect(
        said.some((one) => one.slice(0, 15) === shapeOf(line).slice(0, 15)),
        line,
      ).toBe(true)
  })

  test.each(blocks.filter(({ language, code }) => language === 'ts' && code.includes('defineConfig')))(
    '$path, line $line, is a configuration',
    async ({ code }) => {
      const config = join(bench.folder, 'pgfork.config.ts')
      await writeFile(config, localize(code))
      const { stdout, status } = await bench.pgfork(['config', '--json'])
      await rm(config)
      expect(status, stdout).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ file: config, config: { source: bench.source.dataDirectory } })
    },
  )

  test('docs/staging.md makes a standby and an import', async () => {
    const { connection, port } = bench.source
    const local = (code: string) =>
      code
        .replaceAll(/\w+@\w+\.example\.org\/shop\?sslmode=require/g, `${connection.user}@127.0.0.1:${port}/postgres`)
        .replaceAll('/srv/pg/', `${bench.storage.path}/`)
        .replaceAll('--database shop', '--database postgres')
        .replaceAll('--owner importer', '--owner postgres')
    const blocksOf = blocks.filter(({ path, language }) => path === 'docs/staging.md' && language === 'bash')
    expect(blocksOf.length).toBeGreaterThan(3)
    try {
      for (const { code } of blocksOf) {
        const { exitCode, all } = await shell(local(code))
        expect(exitCode, all).toBe(0)
      }
    } finally {
      await bench.pgfork(['standby', 'destroy', 'production', '--yes'])
      await bench.pgfork(['import', 'destroy', 'shop', '--yes'])
    }
  })

  test('there are such blocks', () => {
    expect(ofLanguage('sh').length).toBeGreaterThanOrEqual(16)
    expect(ofLanguage('console')).toHaveLength(3)
  })
})
