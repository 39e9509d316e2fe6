import { expect, test } from 'vitest'
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
})
