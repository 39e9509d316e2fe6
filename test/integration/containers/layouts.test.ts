import { chown, mkdir, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFork, type Fork, openFork } from '@pgfork/core'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { type SourceContainer, startSource } from '../../support/engine/index.ts'
import { query } from '../../support/query.ts'
import { createXfs } from '../../support/storage/create-xfs.ts'
import { runner } from '../../support/system/runner.ts'
import { boundSubvolume, type ContainerWorkbench, describeEngine } from './container-workbench.ts'

/** The server's own, in a folder that is mounted. */
async function spaceIn(folder: string): Promise<string> {
  const path = join(folder, 'space')
  await mkdir(path, { recursive: true })
  await chown(path, 999, 999)
  return `${folder}:/srv/fast`
}

async function start(
  bench: ContainerWorkbench,
  name: string,
  ...words: string[]
): Promise<SourceContainer & AsyncDisposable> {
  const source = await startSource(bench.engine, { name, words })
  return {
    ...source,
    [Symbol.asyncDispose]: async () => void (await bench.engine.docker('rm', '--force', '--volumes', name)),
  }
}

async function makeTablespace(source: SourceContainer): Promise<void> {
  await source.query(`create tablespace fast location '/srv/fast/space'`)
  await source.query('create table quick tablespace fast as select 1 as one')
}

/** Its links lead to directories of its own, and what it writes is in none of the source's. */
async function expectOwn(source: SourceContainer, fork: Fork, ...links: string[]): Promise<void> {
  expect(fork.verification?.warnings).toEqual([])
  for (const link of links) {
    const target = await readlink(join(fork.dataDirectory, link))
    expect(target).toContain(`/${fork.name}`)
  }
  expect(await query(fork, 'delete from quick returning one')).toEqual([{ one: 1 }])
  expect(await source.query('select one from quick')).toEqual([{ one: 1 }])
}

const tablespaceOf = async (fork: Fork): Promise<string> => {
  const [row] = await query(fork, `select oid::text from pg_tablespace where spcname = 'fast'`)
  return `pg_tblspc/${row?.oid}`
}

await describeEngine('clusters in containers that lie on several volumes', {}, (bench) => {
  test('H1, H2: a tablespace and a pg_wal that links lead to, in one subvolume: captured at one instant', async () => {
    const root = await bench.storage.createSubvolume('linked')
    await mkdir(join(root, 'wal'))
    await using source = await start(
      ...([
        bench,
        'linked',
        '--volume',
        `${root}/data:/var/lib/postgresql/data`,
        '--volume',
        `${root}/wal:/wal`,
      ] as const),
      ...['--env', 'POSTGRES_INITDB_WALDIR=/wal/own', '--volume', await spaceIn(join(root, 'fast'))],
    )
    await makeTablespace(source)
    const fork = await bench.fork('linked', { name: 'linked-fork', lifetime: 'persistent', resettable: true })
    expect(fork.verification?.consistency).toBe('atomic')
    await expectOwn(source, fork, 'pg_wal', await tablespaceOf(fork))
    await fork.stop()
    const again = await openFork('linked-fork', bench.options)
    await again.start()
    expect(await query(again, 'select count(*)::int as rows from quick')).toEqual([{ rows: 0 }])
    await again.reset()
    expect(await query(again, 'select count(*)::int as rows from quick')).toEqual([{ rows: 1 }])
    // Of the fork, in the same image.
    const second = await createFork({ ...bench.options, source: again })
    await expectOwn(source, second, 'pg_wal', await tablespaceOf(second))
    await second.destroy()
    await again.destroy()
    await bench.engine.docker('stop', 'linked')
    const stopped = await bench.fork('linked', { database: 'shop' })
    expect(await query(stopped, 'select one from quick')).toEqual([{ one: 1 }])
    await stopped.destroy()
  })

  test('H1, H2, H4: a volume over pg_wal, a configuration file and a folder for logs that are mounted, a tablespace elsewhere', async () => {
    const [data, volume] = ['/var/lib/postgresql/data', await boundSubvolume(bench.storage, 'over')]
    {
      await using _ = await start(bench, 'over', '--volume', volume)
      await bench.engine.docker('stop', 'over')
    }
    const [wal, configuration] = [join(bench.storage.path, 'over-wal'), join(bench.storage.path, 'postgresql.conf')]
    await runner.run('mv', [join(volume.split(':')[0] ?? '', 'pg_wal'), wal])
    await writeFile(configuration, "work_mem = '7MB'\n")
    await using storage = await createXfs()
    await using source = await start(
      ...([bench, 'over', '--volume', volume, '--volume', `${wal}:${data}/pg_wal`] as const),
      ...['--volume', `over-log:${data}/log`, '--volume', await spaceIn(join(storage.path, 'fast'))],
      ...['--volume', `${configuration}:${data}/postgresql.conf`],
    )
    await makeTablespace(source)
    const fork = await bench.fork('over', { driver: [bench.options.driver, copy()] })
    expect(fork.verification?.consistency).toBe('backup')
    await expectOwn(source, fork, await tablespaceOf(fork))
    expect(await query(fork, `select current_setting('work_mem') as mem`)).toEqual([{ mem: '7MB' }])
    await fork.destroy()
  })

  test('H84: a tablespace over which something was mounted here after its container had started', async () => {
    const root = await bench.storage.createSubvolume('covered')
    const [fast, older] = [join(root, 'fast'), join(root, 'older')]
    await using source = await start(
      ...([
        bench,
        'covered',
        '--volume',
        `${root}/data:/var/lib/postgresql/data`,
        '--volume',
        await spaceIn(fast),
      ] as const),
    )
    await makeTablespace(source)
    await source.query('checkpoint')
    await runner.run('cp', ['--archive', '--', fast, older])
    await source.query('insert into quick values (2)')
    await source.query('checkpoint')
    await runner.run('mount', ['--bind', '--', older, fast])
    try {
      for (const driver of [bench.options.driver, copy()])
        await expect(bench.fork('covered', { driver })).rejects.toMatchObject({
          ...{ code: 'CONTAINER_REFUSED', hazard: 'H84', message: expect.stringMatching(/Restart the container/) },
        })
    } finally {
      await runner.run('umount', [fast])
    }
    const fork = await bench.fork('covered')
    expect(await query(fork, 'select one from quick order by one')).toEqual([{ one: 1 }, { one: 2 }])
  })

  test("H84: a tablespace in the container's own layer, where nobody else reaches it", async () => {
    await using source = await start(bench, 'layered', '--volume', await boundSubvolume(bench.storage, 'layered'))
    const make = 'mkdir -p /srv/fast/space; chown postgres /srv/fast/space'
    await bench.engine.docker('exec', '--user', '0', 'layered', 'bash', '-c', make)
    await makeTablespace(source)
    await expect(bench.fork('layered')).rejects.toMatchObject({
      ...{ code: 'CONTAINER_REFUSED', hazard: 'H84' },
      message: expect.stringMatching(/\/srv\/fast\/space, a part of the cluster.* lies in the container's own layer/),
    })
  })
})
