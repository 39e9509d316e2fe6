import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { codeBlocks } from '../../support/code-blocks.ts'
import { installCommand, runCommandOf } from '../../support/command/index.ts'
import { composeCommand, startEngine, startSource } from '../../support/engine/index.ts'
import { query } from '../../support/query.ts'
import { createXfs } from '../../support/storage/create-xfs.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { listMounts } from '../../support/system/mounts.ts'
import { runner } from '../../support/system/runner.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeEngine } from './container-workbench.ts'

const page = join(import.meta.dirname, '../../../docs/containers.md')

await describeEngine('volumes on copy-on-write storage, and compose', {}, (bench) => {
  test('pgfork storage init makes a place for a Docker volume, whose containers are forked at once', async () => {
    const folder = await makeWorkFolder('docker-volume')
    const { stateDirectory } = bench.options
    await using command = await installCommand()
    const pgfork = runCommandOf(command.path, { PGFORK_STATE_DIRECTORY: stateDirectory }, command.folder)
    const at = join(folder, 'place')
    const init = (volume: string) =>
      pgfork(['storage', 'init', '--at', at, '--size', '400M', '--yes', '--json', '--docker-volume', volume])
    try {
      await bench.engine.docker('volume', 'create', 'taken')
      expect((await init('taken')).json()).toMatchObject({ error: { code: 'TARGET_EXISTS' } })
      expect((await init('--help')).json()).toMatchObject({ error: { code: 'INVALID_OPTION' } })
      const made = await init('shop')
      expect(made.status, made.stdout).toBe(0)
      const source = await startSource(bench.engine, {
        name: 'placed',
        words: ['--volume', 'shop:/var/lib/postgresql/data'],
      })
      await source.query('create table mine as select 1 as one')
      const fork = await bench.fork('placed')
      expect(fork.verification).toMatchObject({ consistency: 'atomic', warnings: [] })
      expect(fork.dataDirectory).toContain(`${at}/.pgfork/`)
      expect(await query(fork, 'select one from mine')).toEqual([{ one: 1 }])
      await fork.destroy()
      // The engine mounts the volume only while a container runs that has it.
      await bench.engine.docker('stop', 'placed')
      const stopped = await bench.fork('placed', { database: 'shop' })
      expect(await query(stopped, 'select one from mine')).toEqual([{ one: 1 }])
      await stopped.destroy()
      const remove = () => pgfork(['storage', 'remove', '--yes', '--json'])
      expect((await remove()).json()).toMatchObject({ error: { code: 'BUSY' } })
      await runner.run('find', [join(at, 'shop'), '-mindepth', '1', '-delete'])
      expect((await remove()).json()).toMatchObject({ error: { code: 'BUSY', facts: { volume: 'shop' } } })
      await bench.engine.docker('rm', 'placed')
      expect((await remove()).status).toBe(0)
      expect(await bench.engine.docker('volume', 'ls', '--quiet', '--filter', 'name=shop')).toBe('')
    } finally {
      await bench.engine.docker('rm', '--force', 'placed').catch(() => '')
      for (const { mountPoint } of await listMounts())
        if (mountPoint.startsWith(folder)) await runner.run('umount', [mountPoint])
      await rm(folder, { recursive: true, force: true })
      for (const name of ['storage', 'outcomes']) await rm(join(stateDirectory, name), { recursive: true, force: true })
    }
  })

  test('H111: a fork of a named volume is not removed with that', async () => {
    await using storage = await createXfs({ sizeMb: 1500 })
    await using engine = await startEngine(storage.path)
    await startSource(engine, { name: 'named', words: ['--volume', 'named:/var/lib/postgresql/data'] })
    const fork = await bench.fork('named', { name: 'of-named', lifetime: 'persistent', driver: copy() })
    expect(fork.dataDirectory).toContain(`${storage.path}/`)
    expect(fork.dataDirectory).not.toContain('/volumes/')
    await engine.docker('rm', '--force', 'named')
    await engine.docker('volume', 'rm', 'named')
    expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
    await fork.stop()
    await fork.start()
    expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
    await fork.destroy()
  })

  test('H86: compose starts what the page says; its service is forked by name, and down --remove-orphans leaves the fork', async () => {
    const folder = join(bench.storage.path, 'project')
    await mkdir(folder)
    const written = codeBlocks(await readFile(page, 'utf8')).find(({ language }) => language === 'yaml')?.code ?? ''
    const device = await bench.storage.createSubvolume('composed')
    expect(written).toContain('device: /srv/pgfork/db')
    const file = written.replace('/srv/pgfork/db', device).replace(/image: .*/, `image: ${bench.engine.image}`)
    // The machine's own bridges are no test's.
    await writeFile(join(folder, 'docker-compose.yml'), `${file}\nnetworks:\n  default:\n    internal: true\n`)
    const compose = await composeCommand(folder)
    await compose('up', '--detach')
    try {
      const fork = await waitUntil(() => bench.fork('db', { name: 'of-service' }).catch(() => undefined), {
        ...{ timeoutMs: 180_000, what: 'a cluster in the service' },
      })
      expect(fork?.verification?.warnings).toEqual([])
      if (fork === undefined) return
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
      // As if db had been taken out of the file: an orphan is what has the project's labels.
      await compose('down', '--remove-orphans', '--volumes')
      expect(await bench.engine.docker('ps', '--all', '--quiet', '--filter', 'label=com.docker.compose.project')).toBe(
        '',
      )
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
      await fork.destroy()
    } finally {
      await compose('down', '--volumes')
      await rm(folder, { recursive: true })
    }
  })
})
