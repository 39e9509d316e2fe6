import { chmod, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { describeCommand } from './describe-command.ts'

/** Prometheus' text format: a name, labels and a number. */
const sample = /^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (-?[\d.e+]+)$/

await describeCommand('btrfs', (bench) => {
  const measure = async () => {
    const { status, stdout, stderr } = await bench.pgfork(['list', '--prometheus'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const lines = stdout.split('\n')
    const samples = lines.filter((line) => !line.startsWith('#')).map((line) => sample.exec(line) ?? [line, 'WRONG'])
    for (const [line = '', name = ''] of samples)
      expect(lines, line).toContainEqual(expect.stringMatching(`^# TYPE ${name} gauge$`))
    return (name: string, labels = '') =>
      samples
        .filter(([, is, has = '']) => is === `pgfork_${name}` && has.includes(labels))
        .map(([, , , value]) => Number(value))
  }

  test('forks, their age, what they take, how full the pool is, and when commands last failed', async () => {
    const startedAt = Date.now() / 1000
    await bench.source.query('CREATE TABLE filler AS SELECT repeat(md5(i::text), 30) FROM generate_series(1, 20000) i')
    for (const words of [
      ['--name', 'one', '--ttl', '1h'],
      ['--name', 'two', '--protect'],
    ])
      expect(await bench.pgfork(['create', ...words, '--quiet'])).toMatchObject({ status: 0 })
    expect(await bench.pgfork(['create', '/nowhere', '--quiet'])).toMatchObject({ status: 3 })
    expect(await bench.pgfork(['create', '--port', 'x', '--quiet'])).toMatchObject({ status: 2 })
    expect(await bench.pgfork(['stop', 'two'])).toMatchObject({ status: 0 })

    const before = await measure()
    expect(before('forks')).toEqual([2])
    expect([before('fork_up', 'one'), before('fork_up', 'two')]).toEqual([[1], [0]])
    expect([before('fork_protected', 'one'), before('fork_protected', 'two')]).toEqual([[0], [1]])
    const [age = -1] = before('fork_age_seconds', 'one')
    expect(age).toBeGreaterThan(0)
    expect(age).toBeLessThan(Date.now() / 1000 - startedAt)
    const [created = 0] = before('fork_created_timestamp_seconds', 'one')
    expect(before('fork_expires_timestamp_seconds')[0]).toBeCloseTo(created + 3600, -1)
    expect(
      before('fork_info', `fork="one",status="ready",lifetime="persistent",source="${bench.source.dataDirectory}"`),
    ).toEqual([1])
    const [used = 0] = before('pool_used_bytes', 'kind="data"')
    const [size = 0] = before('pool_size_bytes', 'kind="data"')
    expect(used).toBeGreaterThan(20_000_000)
    expect(size).toBeGreaterThan(used)
    expect(before('last_failure_timestamp_seconds', 'command="create",code="SOURCE_NOT_FOUND"')[0]).toBeGreaterThan(
      startedAt,
    )
    expect(before('last_success_timestamp_seconds', 'command="create"')[0]).toBeGreaterThan(startedAt)

    const [own = -1] = before('fork_own_bytes', 'one')
    const { stdout: url } = await bench.pgfork(['url', 'one'])
    const client = new pg.Client(url)
    await client.connect()
    await client.query('CREATE TABLE own AS SELECT repeat(md5(i::text), 30) FROM generate_series(1, 20000) i')
    await client.query('CHECKPOINT')
    await client.end()
    const after = await measure()
    // 19 MB, and WAL in blocks that were its own already, or weren't.
    expect((after('fork_own_bytes', 'one')[0] ?? 0) - own).toBeGreaterThan(10_000_000)
    expect(await bench.pgfork(['protect', 'two', '--off'])).toMatchObject({ status: 0 })
    expect(await bench.pgfork(['destroy', 'one', 'two', '-y'])).toMatchObject({ status: 0 })
    expect((await measure())('forks')).toEqual([0])
  })

  test('H61: nothing is written where others could lead it elsewhere', async () => {
    const open = join(bench.folder, 'open')
    const elsewhere = join(bench.folder, 'elsewhere')
    for (const folder of [join(open, 'state'), elsewhere]) await mkdir(folder, { recursive: true, mode: 0o700 })
    await chmod(open, 0o777)
    await symlink(elsewhere, join(open, 'state', 'outcomes'))
    const environment = { PGFORK_STATE_DIRECTORY: join(open, 'state') }
    const refused = await bench.pgfork(['create', '--json'], { environment })
    expect(refused.json()).toMatchObject({ error: { code: 'STATE_UNUSABLE' } })
    expect(await readdir(elsewhere)).toEqual([])
  })
})
