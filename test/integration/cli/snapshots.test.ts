import { chown, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { waitUntil } from '../../support/wait-until.ts'
import { describeCommand } from './describe-command.ts'

await describeCommand('btrfs', (bench) => {
  test('a snapshot is taken, listed, forked, kept while the fork needs it, and destroyed', async () => {
    const source = bench.source.dataDirectory
    const taken = await bench.pgfork(['snapshot', 'create', '--name', 'monday', '--json'])
    expect(taken.status, taken.stderr).toBe(0)
    expect(taken.json()).toMatchObject({ name: 'monday', source, drivers: ['btrfs'], isForkable: true })
    expect((await bench.pgfork(['snapshot', 'list', '--json'])).json()).toMatchObject({
      snapshots: [{ name: 'monday', source }],
    })
    expect(await bench.pgfork(['create', '--snapshot', 'monday', '--name', 'of-monday', '--json'])).toMatchObject({
      status: 0,
    })
    const { stdout: tree } = await bench.pgfork(['tree'])
    expect(tree).toBe(`${source}\n├── monday (snapshot)\n└── of-monday (running)`)
    expect(await bench.pgfork(['destroy', 'of-monday', '--yes'])).toMatchObject({ status: 0 })
    expect((await bench.pgfork(['snapshot', 'destroy', 'monday', '--yes'])).stdout).toBe('Destroyed monday.')
    expect((await bench.pgfork(['snapshot', 'list'])).stdout).toBe('There is no snapshot.')
  })

  test('prune removes what is older than the rules keep, and says so before', async () => {
    for (const name of ['nightly-1', 'nightly-2', 'nightly-3', 'by-hand'])
      expect(await bench.pgfork(['snapshot', 'create', '--name', name, '--quiet'])).toMatchObject({ status: 0 })
    const rules = ['snapshot', 'prune', '--keep', '1x1w', '--prefix', 'nightly-', '--json']
    expect(await bench.pgfork(['snapshot', 'protect', 'nightly-1'])).toMatchObject({ status: 0 })
    expect((await bench.pgfork([...rules, '--dry-run'])).json()).toMatchObject({ expired: ['nightly-2'] })
    const refused = await bench.pgfork(['snapshot', 'destroy', 'nightly-1', '--yes', '--json'])
    expect(refused).toMatchObject({ status: 4 })
    expect(refused.json()).toMatchObject({
      failed: [
        { error: { code: 'SNAPSHOT_PROTECTED', message: expect.stringContaining('snapshot protect nightly-1 --off') } },
      ],
    })
    expect((await bench.pgfork(['snapshot', 'list'])).stdout).toMatch(/^nightly-1 +protected /m)
    expect(await bench.pgfork(['snapshot', 'protect', 'nightly-1', '--off'])).toMatchObject({ status: 0 })
    expect((await bench.pgfork([...rules, '--dry-run'])).json()).toMatchObject({ expired: ['nightly-1', 'nightly-2'] })
    expect((await bench.pgfork([...rules, '--yes'])).json()).toMatchObject({ done: ['nightly-1', 'nightly-2'] })
    const left = (await bench.pgfork(['snapshot', 'list', '--json'])).json<{ snapshots: { name: string }[] }>()
    expect(left.snapshots.map(({ name }) => name)).toEqual(['nightly-3', 'by-hand'])
    expect(await bench.pgfork(['snapshot', 'destroy', 'nightly-3', 'by-hand', '-y'])).toMatchObject({ status: 0 })
  })

  test('without a name a snapshot is called by its time', async () => {
    const { name } = (await bench.pgfork(['snapshot', 'create', '--json'])).json<{ name: string }>()
    expect(name).toMatch(/^snapshot-\d{8}t\d{6}z$/)
    expect(await bench.pgfork(['snapshot', 'destroy', name, '-y'])).toMatchObject({ status: 0 })
  })

  test('config schedule prints a timer and a cron line that take snapshots and remove old ones', async () => {
    const config = join(bench.folder, 'schedule.json')
    await writeFile(config, '{}')
    const words = ['config', 'schedule', '--every', '15min', '--keep', '1x1w', '--config', config, '--json']
    const printed = (await bench.pgfork(words)).json<{
      units: Record<string, string>
      cron: string
      commands: string[][]
    }>()
    expect(printed.commands.map((command) => command.slice(2))).toEqual([
      ['snapshot', 'create', '--prefix', 'scheduled', bench.source.dataDirectory, '--quiet', ...common(config)],
      [
        ...['snapshot', 'prune', '--keep', '1x1w', '--prefix', 'scheduled-', '--source', bench.source.dataDirectory],
        ...['--yes', ...common(config)],
      ],
    ])

    const recording = (await bench.pgfork([...words, '--history'])).json<{ commands: string[][] }>()
    expect(recording.commands.map((command) => command.slice(2))).toEqual([
      ['history', 'record', '--keep', '1x1w', bench.source.dataDirectory, '--quiet', ...common(config)],
    ])

    const units = join(bench.folder, 'units')
    await mkdir(units)
    for (const [name, text] of Object.entries(printed.units)) await writeFile(join(units, name), `${text}\n`)
    const verified = await execa(
      'systemd-analyze',
      ['verify', ...Object.keys(printed.units).map((name) => join(units, name))],
      {
        ...{ all: true, reject: false },
      },
    )
    expect(verified).toMatchObject({ exitCode: 0, all: '' })
    await rm(units, { recursive: true })

    const [, command = ''] = /^\*\/15 \* \* \* \* (.*)$/.exec(printed.cron) ?? []
    const taken: string[] = []
    for (const _ of [1, 2]) {
      const second = Math.floor(Date.now() / 1000)
      // As cron does: with next to no environment, elsewhere.
      await execa('sh', ['-c', command], { cwd: '/', extendEnv: false, env: { PATH: '/usr/bin:/bin', HOME: '/root' } })
      const { snapshots } = (await bench.pgfork(['snapshot', 'list', '--json'])).json<{
        snapshots: { name: string }[]
      }>()
      expect(snapshots).toHaveLength(1)
      taken.push(snapshots[0]?.name ?? '')
      await waitUntil(async () => Date.now() / 1000 > second + 1, { timeoutMs: 5_000, what: 'the next second' })
    }
    expect(new Set(taken).size).toBe(2)
    for (const name of taken) expect(name).toMatch(/^scheduled-\d{8}t\d{6}z$/)
    expect(await bench.pgfork(['snapshot', 'destroy', taken[1] ?? '', '-y'])).toMatchObject({ status: 0 })
  })

  test('H62: config schedule warns where somebody else can change what it would run', async () => {
    const folder = join(bench.folder, 'ada')
    await mkdir(folder)
    await symlink(bench.commandPath, join(folder, 'pgfork.js'))
    await chown(folder, 65_534, 65_534)
    const schedule = async (command: string) => {
      const words = [command, 'config', 'schedule', '--no-config', '--json']
      const { stdout } = await execa(process.execPath, words, { env: bench.environment })
      return (JSON.parse(stdout) as { warnings: string[] }).warnings
    }
    const own = await schedule(bench.commandPath)
    expect(own.join()).not.toContain(bench.folder)
    expect(await schedule(join(folder, 'pgfork.js'))).toContainEqual(
      expect.stringMatching(/belongs to another user \(uid 65534\).* with each run of the schedule/),
    )
  })

  test.each([
    [['--every', '7min'], '--every takes'],
    [['--keep', 'all'], '--keep must be'],
    [['--unit', '../../etc/passwd'], '--unit takes'],
    [['postgres://ada:secret@localhost/shop'], 'PGPASSWORD'],
  ])('config schedule %o is refused', async (words, message) => {
    const refused = await bench.pgfork(['config', 'schedule', ...words, '--json'])
    expect(refused).toMatchObject({ status: 2, stdout: expect.stringContaining(message) })
  })

  const common = (config: string) => ['--config', config, '--state-directory', bench.stateDirectory]
})
