import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { waitUntil } from '../../support/wait-until.ts'
import { describeCommand } from './describe-command.ts'

await describeCommand('btrfs', (bench) => {
  const folderWith = async (config: string) => {
    const folder = await mkdtemp(join(bench.folder, 'configured-'))
    await writeFile(join(folder, 'pgfork.config.ts'), config)
    return folder
  }

  test('a configuration that waits for what never comes is told as an error, also as JSON', async () => {
    const cwd = await folderWith('await new Promise(() => {})\nexport default {}')
    const { status, stdout, stderr } = await bench.pgfork(['config', '--json'], { cwd })
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' })
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('it waits for something that never comes'),
    })
  })

  test('one that loops for ever is ended by Ctrl-C', async () => {
    const begun = join(bench.folder, 'begun')
    const cwd = await folderWith(`
      import { writeFileSync } from 'node:fs'
      writeFileSync(${JSON.stringify(begun)}, '')
      for (;;) {}
    `)
    const looping = execa(process.execPath, [bench.commandPath, 'list'], { cwd, env: bench.environment, reject: false })
    const ended = once(looping, 'exit')
    await waitUntil(async () => existsSync(begun), { what: 'The loop', timeoutMs: 60_000 })
    looping.kill('SIGINT')
    expect(await ended).toEqual([null, 'SIGINT'])
  })

  test('what a configuration prints goes to standard error, and the document stays one', async () => {
    const cwd = await folderWith("console.log('loaded'); export default {}")
    const { status, stdout, stderr } = await bench.pgfork(['list', '--json'], { cwd })
    expect({ status, stderr: stderr.trim(), document: JSON.parse(stdout) }).toEqual({
      ...{ status: 0, stderr: 'loaded', document: { forks: [], warnings: [] } },
    })
  })

  test('in a folder that was removed it is told, and --no-config helps', async () => {
    const list = async (...words: string[]) => {
      const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
      const folder = await mkdtemp(join(bench.folder, 'gone-'))
      const command = [process.execPath, bench.commandPath, 'list', '--json', ...words]
      const { exitCode, stdout } = await execa('sh', ['-c', script, 'sh', folder, ...command], {
        ...{ env: bench.environment, reject: false },
      })
      return { status: exitCode, document: JSON.parse(stdout) }
    }
    expect(await list()).toMatchObject({
      status: 2,
      document: {
        error: { code: 'INVALID_OPTION', message: expect.stringContaining('The working directory is gone') },
      },
    })
    expect(await list('--no-config')).toEqual({ status: 0, document: { forks: [], warnings: [] } })
  })

  test('with --json several failures are in the document, and nothing is on standard error', async () => {
    const { status, stdout, stderr } = await bench.pgfork(['destroy', 'one', 'other', '--yes', '--json'])
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ done: [], failed: [{ name: 'one' }, { name: 'other' }] })
  })

  test('a signal between several names is told by the status: the first is done, the second is not', async () => {
    const names = ['first', 'second']
    for (const name of names) expect(await bench.pgfork(['create', '--name', name])).toMatchObject({ status: 0 })
    const begun = join(bench.folder, 'preparing')
    const cwd = await folderWith(`
      import { writeFileSync } from 'node:fs'
      const prepare = async (client) => {
        writeFileSync(${JSON.stringify(begun)}, '')
        await client.query('SELECT pg_sleep(2)')
      }
      export default { create: { prepare } }
    `)
    const words = ['reset', ...names, '--yes', '--json']
    const resetting = execa(process.execPath, [bench.commandPath, ...words], {
      ...{ cwd, env: bench.environment, reject: false },
    })
    await waitUntil(async () => existsSync(begun), { what: 'The first reset', timeoutMs: 60_000 })
    resetting.kill('SIGTERM')
    const { exitCode, stdout } = await resetting
    expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({
      ...{ exitCode: 143, done: ['first'] },
      failed: [{ name: 'second', error: { code: 'ABORTED' } }],
    })
    expect(await bench.pgfork(['destroy', ...names, '--yes'])).toMatchObject({ status: 0 })
  })

  test('help for what is no command is an error in words, as JSON, too', async () => {
    const { status, stdout } = await bench.pgfork(['help', '--json'])
    expect(status).toBe(2)
    expect(JSON.parse(stdout).error.message).toBe('There is no such command. pgfork --help lists them.')
  })
})
