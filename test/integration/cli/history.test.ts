import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { parseLocation } from '../../../packages/core/src/postgres/files/location.ts'
import { describeCommand } from './describe-command.ts'

interface Shown {
  readonly earliest: { readonly location: string }
  readonly latest: { readonly location: string }
  readonly walDirectory: string
}

await describeCommand('btrfs', (bench) => {
  // What fails half way through leaves nothing for the next test.
  afterEach(() => bench.pgfork(['history', 'remove', '--yes']))

  test('a history is recorded and shown, a moment of it forked, and all of it removed', async () => {
    const { source, pgfork } = bench
    await source.query('CREATE TABLE orders (id int)')
    const recorded = await pgfork(['history', 'record', '--keep', '60x1min,24x1h', '--json'])
    expect(recorded.status, recorded.stderr).toBe(0)
    const { snapshot } = recorded.json<{ snapshot: string }>()
    expect(recorded.json()).toMatchObject({ removedSnapshots: [], removedSegments: 0, warnings: [] })
    await source.query('INSERT INTO orders SELECT generate_series(1, 1000)')
    await source.query(`SELECT pg_create_restore_point('before it')`)
    await source.query('DROP TABLE orders')
    const dropped = new Date().toISOString()

    const shown = (await pgfork(['history', 'show', '--json'])).json<Shown>()
    expect(shown).toMatchObject({
      dataDirectory: source.dataDirectory,
      keep: '60x1min,24x1h',
      gaps: [],
      snapshots: [{ name: snapshot, isOfHistory: true }],
      commits: { from: expect.stringMatching(/:00\.000Z$/) },
    })
    const { stdout } = await pgfork(['history', 'show'])
    expect(stdout).toMatch(/^[ ▁▂▃▄▅▆▇█]+\nv *\n=+\n/)
    expect(stdout).toMatch(/^commits +up to \d+ a minute/m)
    // The source writes of its own accord, too: which transactions run, every 15 seconds.
    const [, latest = ''] = /^latest +\S+ +(\S+)$/m.exec(stdout) ?? []
    expect(parseLocation(latest)).toBeGreaterThanOrEqual(parseLocation(shown.latest.location))

    const { changes } = (await pgfork(['history', 'changes', '--at-least', '1000', '--json'])).json<{
      changes: { transaction: number; tables: { inserted: number }[]; removal: string | null }[]
    }>()
    expect(changes.map(({ tables, removal }) => [tables[0]?.inserted, removal])).toEqual([
      [1000, null],
      [undefined, 'dropped'],
    ])
    const listed = await pgfork(['history', 'changes', '--around', dropped])
    expect(listed.stdout).toContain(`${changes[1]?.transaction}`)
    expect(listed.stdout).toMatch(/file \d+ 1000 inserted\n.*dropped: file \d+\n\nThe moment before/)
    expect(await pgfork(['history', 'changes', '--around', 'noon'])).toMatchObject({ status: 2 })

    const made = await pgfork(['create', '--name', 'before', '--at', 'point:before it', '--json'])
    expect(made.status, made.stderr).toBe(0)
    expect(made.json()).toMatchObject({
      name: 'before',
      moment: { asked: 'the restore point "before it"', timeline: 1 },
    })
    const count = await pgfork(['psql', 'before', '-Atc', 'SELECT count(*) FROM orders'])
    expect(count.stdout).toBe('1000')
    expect((await pgfork(['show', 'before'])).stdout).toContain('the restore point "before it"')
    const named = await pgfork(['history', 'changes', '--around', dropped, '--names-from', 'before'])
    expect(named.stdout).toMatch(/public\.orders 1000 inserted\n.*dropped: public\.orders\n/)
    expect(await pgfork(['destroy', 'before', '--yes'])).toMatchObject({ status: 0 })

    // What is kept leads there, so that no archive needs to have it.
    const archive = ['--restore-command', 'test -e /nowhere/%f # %p', '--wal', '/var']
    const of = ['create', '--name', 'archived', '--at', 'point:before it', '--json']
    expect(await pgfork([...of, '--restore-command', 'cp /nowhere/%f'])).toMatchObject({ status: 2 })
    expect(await pgfork([...of, ...archive])).toMatchObject({ status: 0 })
    expect(await pgfork(['reset', 'archived', '--yes', ...archive])).toMatchObject({ status: 0 })
    expect(await pgfork(['destroy', 'archived', '--yes'])).toMatchObject({ status: 0 })
    const config = join(bench.folder, 'archives.json')
    await writeFile(config, JSON.stringify({ create: { wal: { restoreCommand: 'test -e /nowhere/%f # %p' } } }))
    // It counts for past moments.
    expect(await pgfork(['create', '--config', config, '--dry-run'])).toMatchObject({ status: 0 })
    const past = await pgfork(['create', '--config', config, '--dry-run', '--at', 'point:before it'])
    expect(past.stdout).toContain('PGFORK_RESTORE_COMMAND')

    // Its snapshots go by its own rules alone.
    const pruned = await pgfork(['snapshot', 'prune', '--keep', '1x1w', '--dry-run', '--json'])
    expect(pruned.json()).toMatchObject({ expired: [] })
    expect((await pgfork(['history', 'remove'])).stdout).not.toContain('Removed')
    expect((await pgfork(['history', 'remove', '--yes'])).stdout).toBe('Removed the history.')
    expect((await pgfork(['snapshot', 'list'])).stdout).toBe('There is no snapshot.')
  })

  test('a moment that is not covered, or that is none, is refused with what there is', async () => {
    const { pgfork } = bench
    const asked = ['create', '--json', '--at']
    expect(await pgfork([...asked, '0/1'])).toMatchObject({ status: 3 })
    expect(await pgfork(['history', 'record', '--keep', 'all'])).toMatchObject({ status: 2 })
    expect(await pgfork(['history', 'record', '--keep', '1x1d', '--quiet'])).toMatchObject({ status: 0 })
    const { earliest } = (await pgfork(['history', 'show', '--json'])).json<Shown>()
    const early = await pgfork([...asked, '0/1'])
    expect(early).toMatchObject({ status: 1 })
    expect(early.json()).toMatchObject({ error: { code: 'MOMENT_NOT_COVERED', facts: { nearestAfter: earliest } } })
    expect(await pgfork([...asked, '14:03'])).toMatchObject({ status: 2 })
    expect(await pgfork(['history', 'remove', '-y'])).toMatchObject({ status: 0 })
    expect(await pgfork(['history', 'show'])).toMatchObject({ status: 3 })
  })
})
