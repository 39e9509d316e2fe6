import { expect, test } from 'vitest'
import { crashAndStart } from '../../support/fork/crash-and-start.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const tables = ['kept', 'rewritten', 'doomed'] as const

/** A digest of all rows of each table; undefined where there is none. Two servers with the same digests hold the same. */
async function digest(server: Parameters<typeof query>[0]): Promise<Record<string, string | undefined>> {
  const digests: Record<string, string | undefined> = {}
  for (const table of tables) {
    const [row] = await query<{ digest: string }>(
      server,
      `SELECT md5(string_agg(t::text, ';' ORDER BY id)) AS digest FROM ${table} t`,
    ).catch(() => [])
    digests[table] = row?.digest
  }
  return digests
}

/** Everything that rewrites, replaces or removes files. `who` stands in what it writes. */
async function rampage(server: Parameters<typeof query>[0], who: string): Promise<void> {
  await query(server, `INSERT INTO kept SELECT id, '${who}' FROM generate_series(100001, 101000) id`)
  await query(server, `UPDATE kept SET content = '${who}' WHERE id % 7 = 0`)
  await query(server, `UPDATE rewritten SET content = '${who}'; DELETE FROM rewritten WHERE id % 2 = 0`)
  await query(server, 'CHECKPOINT')
  await query(server, 'VACUUM FULL rewritten')
  await query(server, 'DROP TABLE doomed')
  await query(server, 'SELECT pg_switch_wal()')
  await query(server, 'CHECKPOINT')
}

await describeOn('btrfs', {}, (bench) => {
  async function fill(): Promise<void> {
    for (const table of tables)
      await bench.source.query(`DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (id int PRIMARY KEY, content text);
        INSERT INTO ${table} SELECT id, 'source ' || id FROM generate_series(1, 5000) id`)
  }

  test("what a fork rewrites, drops and recovers never reaches its source's files", async () => {
    await fill()
    const before = await digest(bench.source)
    await using fork = await bench.fork()
    expect(await digest(fork)).toEqual(before)
    await rampage(fork, 'fork')
    const changed = await digest(fork)
    expect(changed).toMatchObject({ doomed: undefined })
    expect(changed.kept).not.toBe(before.kept)
    expect(await digest(bench.source)).toEqual(before)

    await query(fork, `UPDATE kept SET content = 'written after the last checkpoint'`)
    const last = await digest(fork)
    await crashAndStart(fork)
    expect(await digest(fork)).toEqual(last)
    expect(await digest(bench.source)).toEqual(before)

    // The source reads its files again, and replays its own WAL alone.
    await bench.source.crash()
    await bench.source.start()
    expect(await digest(bench.source)).toEqual(before)
    expect(await digest(fork)).toEqual(last)
  })

  test('what the source rewrites, drops and recovers never reaches a fork', async () => {
    await fill()
    await using fork = await bench.fork()
    const before = await digest(fork)
    await rampage(bench.source, 'source')
    await bench.source.query(`UPDATE kept SET content = 'written after the last checkpoint'`)
    const last = await digest(bench.source)
    expect(await digest(fork)).toEqual(before)

    await bench.source.crash()
    await bench.source.start()
    expect(await digest(bench.source)).toEqual(last)
    expect(await digest(fork)).toEqual(before)
    await crashAndStart(fork)
    expect(await digest(fork)).toEqual(before)
    // Not from memory: a reset reads the snapshot.
    await fork.reset()
    expect(await digest(fork)).toEqual(before)
  })

  test('a destroyed fork takes nothing of its source along', async () => {
    await fill()
    const before = await digest(bench.source)
    const fork = await bench.fork()
    await rampage(fork, 'fork')
    await fork.destroy()
    await bench.source.restart()
    expect(await digest(bench.source)).toEqual(before)
    await fork.destroy()
  })
})
