import { chown, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listForks } from '@pgfork/core'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startForkProcess } from '../../support/programs/fork-process.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeCommand } from './describe-command.ts'

await describeCommand('btrfs', (bench) => {
  test('a fork is made, listed, shown, connected to by its URL, and destroyed', async () => {
    const created = await bench.pgfork(['create', '--name', 'staging', '--ttl', '8h', '--json'])
    expect(created.status, created.stderr).toBe(0)
    const source = bench.source.dataDirectory
    const facts = { name: 'staging', status: 'ready', isRunning: true, lifetime: 'persistent', source }
    expect(created.json()).toMatchObject({ ...facts, warnings: [] })
    expect(created.stderr).toBe('')
    expect((await bench.pgfork(['list', '--json'])).json()).toMatchObject({ forks: [facts] })
    const shown = (await bench.pgfork(['show', 'staging', '--json'])).json<{ expiresAt: string }>()
    expect(shown).toMatchObject({ ...facts, activity: { sessions: 0 } })
    expect(Date.parse(shown.expiresAt) - Date.now()).toBeGreaterThan(7 * 3_600_000)

    const { stdout: url } = await bench.pgfork(['url', 'staging'])
    const client = new pg.Client(url)
    await client.connect()
    expect((await client.query('SELECT current_database() AS name')).rows).toEqual([{ name: 'postgres' }])
    await client.end()

    const destroyed = await bench.pgfork(['destroy', 'staging', '--yes', '--json'])
    expect(destroyed).toMatchObject({ status: 0 })
    expect(destroyed.json()).toEqual({ done: ['staging'], failed: [], warnings: [] })
    await expectNothingLeft(bench)
  })

  test('people get lines: each step with its time on standard error, the URL alone as the last one', async () => {
    const { status, stdout, stderr } = await bench.pgfork(['create', '--name', 'plain'])
    expect(status, stderr).toBe(0)
    expect(stderr).toMatch(/^inspect +[\d.]+ m?s\nplan +[\d.]+ m?s\n/)
    expect(stdout).toMatch(/^Made plain in .*\.\npostgresql:\/\/postgres@localhost:\d+\/postgres\?host=[^\n]+$/)
    expect((await bench.pgfork(['list'])).stdout).toMatch(/^NAME .*\nplain +running +\d+ .* btrfs /)
    expect((await bench.pgfork(['show', 'plain'])).stdout).toMatch(/^name +plain$/m)
    expect((await bench.pgfork(['destroy', 'plain', '-y'])).stdout).toBe('Destroyed plain.')
  })

  test('a fork whose server can not be asked is shown all the same, with a warning', async () => {
    const made = (await bench.pgfork(['create', '--name', 'mute', '--json'])).json<{ dataDirectory: string }>()
    expect(await bench.pgfork(['stop', 'mute'])).toMatchObject({ status: 0 })
    // As its owner may: it is no server's.
    const lockFile = join(made.dataDirectory, 'postmaster.pid')
    await writeFile(lockFile, '1\n')
    const { uid, gid } = await stat(made.dataDirectory)
    await chown(lockFile, uid, gid)
    const shown = await bench.pgfork(['show', 'mute', '--json'])
    expect(shown.status, shown.stdout).toBe(0)
    expect(shown.json()).toMatchObject({
      name: 'mute',
      activity: null,
      warnings: [expect.stringMatching(/^Who uses mute is not known, since its server can't be asked: /)],
    })
    await rm(lockFile)
    expect(await bench.pgfork(['destroy', 'mute', '--yes'])).toMatchObject({ status: 0 })
  })

  test('options reach the fork', async () => {
    const words = ['--name', 'odd', '--set', 'work_mem=7MB', '--protect', '--json', '--quiet']
    expect((await bench.pgfork(['create', ...words])).json()).toMatchObject({ name: 'odd', isProtected: true })
    const again = await bench.pgfork(['create', '--name', 'odd', '--json'])
    expect(again).toMatchObject({ status: 4 })
    expect(again.json()).toMatchObject({ error: { code: 'NAME_TAKEN' } })
    const other = (await bench.pgfork(['create', '--fork', 'odd', '--json'])).json<{ name: string; source: string }>()
    expect(other.source).not.toBe(bench.source.dataDirectory)
    const both = await bench.pgfork(['destroy', 'odd', other.name, '--yes', '--json'])
    expect(both).toMatchObject({ status: 4 })
    expect(both.json()).toMatchObject({
      done: [other.name],
      failed: [{ name: 'odd', error: { code: 'FORK_PROTECTED' } }],
    })
    const { stdout: url } = await bench.pgfork(['url', 'odd'])
    const client = new pg.Client(url)
    await client.connect()
    expect((await client.query('SHOW work_mem')).rows).toEqual([{ work_mem: '7MB' }])
    await client.end()
    expect((await bench.pgfork(['protect', 'odd', '--off'])).stdout).toBe('No longer protected: odd.')
    expect(await bench.pgfork(['destroy', 'odd', '--yes'])).toMatchObject({ status: 0 })
  })

  test.each([
    [['list', '--nope'], 2, 'INVALID_OPTION'],
    [['nope'], 2, 'INVALID_OPTION'],
    [['create', '--name', 'No'], 2, 'INVALID_NAME'],
    [['create', '--port', 'five'], 2, 'INVALID_OPTION'],
    [['create', '--ttl', '5 years'], 2, 'INVALID_OPTION'],
    [['create', '--driver', 'tape'], 2, 'INVALID_OPTION'],
    [['create', '/nowhere'], 3, 'SOURCE_NOT_FOUND'],
    [['create', '--snapshot', 'nope'], 3, 'SNAPSHOT_NOT_FOUND'],
    [['show', 'nope'], 3, 'FORK_NOT_FOUND'],
    [['destroy', 'plain'], 2, 'INVALID_OPTION'],
  ])('%o ends with %i and %s, and with --json nothing else is printed', async (words, status, code) => {
    const outcome = await bench.pgfork([...words, '--json'])
    expect(outcome).toMatchObject({ status, stderr: '' })
    expect(outcome.json()).toMatchObject({ error: { code } })
  })

  test('people get errors on standard error, with the code', async () => {
    const told = await bench.pgfork(['show', 'nope'])
    expect(told).toMatchObject({ status: 3, stdout: '' })
    expect(told.stderr).toMatch(
      /^pgfork: There is no fork named nope in .*\n\(FORK_NOT_FOUND: pgfork explain FORK_NOT_FOUND\)$/,
    )
  })

  test.each([
    ['a fork', []],
    ['one whose pages are checked', ['--deep']],
    ['a fork of a fork', ['--fork', 'base']],
    ['a fork of a snapshot', ['--snapshot', 'kept']],
  ])('a dry run of %s tells each command that is run then, in order, and leaves nothing', async (_, words) => {
    await forgetCollections(bench)
    const command = ['create', ...words, '--name', 'loud']
    if (words.includes('kept')) await bench.pgfork(['snapshot', 'create', '--name', 'kept'])
    if (words.includes('base')) await bench.pgfork(['create', '--name', 'base'])
    const dry = await bench.pgfork([...command, '--dry-run', '--json'])
    expect(dry.status, dry.stdout).toBe(0)
    const { commands, looked, ...rest } = dry.json<{ commands: string[][]; looked: number }>()
    expect(rest).toMatchObject({ isMade: false, open: [] })
    expect(rest).toMatchObject({ next: expect.arrayContaining(['start', 'ready']) })
    expect(commands.slice(0, looked).flat()).not.toContain('snapshot')
    expect(await bench.pgfork(['show', 'loud'])).toMatchObject({ status: 3 })
    const told = await bench.pgfork([...command, '--dry-run'])
    expect(told.stderr).not.toContain('failed')

    const made = await bench.pgfork([...command, '--commands', '--quiet'])
    expect(made.status, made.stderr).toBe(0)
    const ran = made.stderr.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []))
    // Five characters are chosen anew each time.
    const chosen = (line: string): string => line.replaceAll(/(\.[a-z0-9]{6})[a-z0-9]{5}(?=\/)/g, '$1<random>')
    const ofBase = words.includes('base') ? chosen : (line: string): string => line
    expect(ran.map(chosen)).toEqual(commands.map((each) => ofBase(each.join(' '))))
    expect(await bench.pgfork(['destroy', 'loud', '--yes'])).toMatchObject({ status: 0 })
    if (words.includes('base')) await bench.pgfork(['destroy', 'base', '--yes'])
    if (words.includes('kept')) await bench.pgfork(['snapshot', 'destroy', 'kept', '--yes'])
    await expectNothingLeft(bench)
  })

  test('a dry run refuses what a fork would be refused for', async () => {
    const refused = await bench.pgfork(['create', '/nowhere', '--dry-run', '--json'])
    expect(refused).toMatchObject({ status: 3 })
  })

  test('a dry run leaves what ended processes have left', async () => {
    await using maker = await startForkProcess(bench.stateDirectory)
    await maker.create({ source: bench.source.dataDirectory, name: 'of-ended', collectGarbage: false })
    await maker.end('SIGKILL')
    expect(await bench.pgfork(['create', '--name', 'dry', '--dry-run'])).toMatchObject({ status: 0 })
    expect((await listForks(bench.options)).map(({ name }) => name)).toEqual(['of-ended'])
    expect(await bench.pgfork(['gc'])).toMatchObject({ status: 0 })
    await forgetCollections(bench)
    await expectNothingLeft(bench)
  })

  test('a password on the command line is refused, and not repeated (H29)', async () => {
    for (const url of ['postgresql://chief:top-secret@localhost/shop', 'postgres://localhost/?password=top-secret']) {
      const { status, stdout, stderr } = await bench.pgfork(['create', url, '--json'])
      expect({ status, stderr }).toEqual({ status: 2, stderr: '' })
      expect(stdout).toContain('PGFORK_SOURCE')
      expect(stdout).not.toContain('top-secret')
    }
  })
})
