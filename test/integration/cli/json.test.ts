import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeCommand } from './describe-command.ts'
import { expectDocumented, parseShape } from './documented-json.ts'

test('shapes are read as the page writes them', () => {
  expect(parseShape('{ a, b: [{ c, d: { e } }], f: [name] }')).toEqual({
    isList: false,
    fields: {
      a: undefined,
      b: { isList: true, fields: { c: undefined, d: { isList: false, fields: { e: undefined } } } },
      f: undefined,
    },
  })
})

await describeCommand('btrfs', (bench) => {
  test('with --json every command prints the fields that the page names, and no others', async () => {
    const repository = join(bench.folder, 'shop')
    await mkdir(repository)
    const git = (...words: string[]) => execa('git', words, { cwd: repository })
    await git('init', '--quiet', '--initial-branch=main')
    await git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'commit', '-qm', 'first', '--allow-empty')
    const options = { cwd: repository, environment: { PATH: `${bench.source.binDirectory}:${process.env.PATH}` } }
    /** @param row of the page, unless it is the command itself */
    const prints = async (words: readonly string[], row = words.join(' '), more: readonly string[] = []) => {
      const { status, stdout, stderr } = await bench.pgfork([...words, ...more, '--json'], options)
      expect(status, `${words.join(' ')}: ${stdout}${stderr}`).toBe(0)
      expect(stderr).toBe('')
      const document = JSON.parse(stdout)
      expectDocumented(row, document)
      return document
    }
    await prints(['create'], 'create', ['--name', 'one'])
    await prints(['create', '--dry-run'])
    const { name } = await prints(['create', '--for-branch'])
    await prints(['list'])
    await prints(['show'], 'show', ['one'])
    await prints(['tree'])
    await prints(['url'], 'url', ['one'])
    for (const command of ['stop', 'start', 'protect']) await prints([command], command, ['one'])
    await prints(['protect'], 'protect', ['one', '--off'])
    await prints(['reset'], 'reset', ['one', '--yes'])
    await prints(['snapshot', 'create'], 'snapshot create', ['--name', 'monday'])
    await prints(['snapshot', 'list'])
    await prints(['snapshot', 'prune'], 'snapshot prune', ['--keep', '1x1d', '--yes'])
    await prints(['snapshot', 'destroy'], 'snapshot destroy', ['monday', '--yes'])
    await prints(['history', 'record'], 'history record', ['--keep', '1x1d'])
    await bench.source.query('CREATE TABLE noted AS SELECT 1 AS id; SELECT pg_switch_wal()')
    await prints(['history', 'record'], 'history record', ['--keep', '2x1min'])
    await prints(['history', 'show'])
    await prints(['history', 'changes'])
    await prints(['history', 'remove'], 'history remove', ['--yes'])
    await prints(['destroy'], 'destroy', ['one', name, '--yes'])
    await prints(['gc'])
    await prints(['doctor'])
    await prints(['explain'], 'explain', ['NO_SPACE'])
    await prints(['storage', 'init'], 'storage init', ['--dry-run'])
    await prints(['storage', 'status'])
    await prints(['config'])
    await prints(['config', 'git'])
    await prints(['config', 'schedule'])
    await prints(['completion'], 'completion', ['bash'])
    await rm(join(bench.stateDirectory, 'branches'), { recursive: true, force: true })
    await rm(join(bench.stateDirectory, 'storage'), { recursive: true, force: true })
    await rm(repository, { recursive: true })
    await forgetCollections(bench)
  })

  test('what runs a program leaves standard output to that', async () => {
    const environment = { PATH: `${bench.source.binDirectory}:${process.env.PATH}` }
    const ran = await bench.pgfork(['run', '--name', 'ran', '--json', '--', 'echo', 'said'])
    expect(ran).toMatchObject({ status: 0, stdout: 'said' })
    expectDocumented('run', JSON.parse(ran.stderr))
    expect(await bench.pgfork(['create', '--name', 'asked', '--quiet'])).toMatchObject({ status: 0 })
    const asked = await bench.pgfork(['psql', '--json', 'asked', '--', '-XAtc', 'SELECT 7'], { environment })
    expect(asked).toMatchObject({ status: 0, stdout: '7' })
    expectDocumented('psql', JSON.parse(asked.stderr))
    expect(await bench.pgfork(['destroy', 'asked', '--yes'])).toMatchObject({ status: 0 })
  })

  test('every failure has the fields of an error, with its code, on the command line as below it', async () => {
    for (const words of [['nope'], ['show', 'nope'], ['create', '/nowhere'], ['snapshot', 'prune']]) {
      const { stdout, stderr, status } = await bench.pgfork([...words, '--json'])
      expect({ stderr, isFailed: status !== 0 }).toEqual({ stderr: '', isFailed: true })
      const document = JSON.parse(stdout)
      expectDocumented('every failure', document)
      expectDocumented('an error', document.error)
      expect(document.error.help).toMatch(/^(file|https):.*errors\.(md|html)#[a-z_]+$/)
    }
  })
})
