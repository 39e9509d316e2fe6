import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { openFork } from '@pgfork/core'
import { expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { runner } from '../../support/system/runner.ts'
import { boundSubvolume, describeEngine } from './container-workbench.ts'

/** Below what is handed over, and too long a path for a socket. */
const below = join('/var/lib/postgresql/data', 'long'.repeat(20), 'main')

await describeEngine(
  'folders that are exchanged while a container starts',
  { bound: async (storage) => ['--volume', await boundSubvolume(storage, 'bound'), '--env', `PGDATA=${below}`] },
  (bench) => {
    test.each(['socketDirectory', 'dataDirectory'] as const)(
      "H88: a fork's user who puts a link in the place of its %s sees nothing behind it",
      async (which) => {
        const made = await bench.fork('bound', { name: 'led', lifetime: 'persistent' })
        await made.stop()
        const path = made[which]
        const exchanged = which === 'dataDirectory' ? dirname(path) : path
        // One that would do for the server, behind a directory that its user can't pass.
        const closed = await makeWorkFolder('closed')
        await mkdir(join(closed, 'above'), { mode: 0o700 })
        const inner = join(closed, 'above', 'inner')
        await runner.run('cp', ['--archive', '--', exchanged, inner])
        await writeFile(join(inner, relative(exchanged, path), 'secret'), '')
        await writeFile(join(path, 'mine'), '')
        const asUser = (...words: string[]) =>
          runner.run('setpriv', ['--reuid=999', '--regid=999', '--clear-groups', '--', ...words])
        await expect(asUser('ls', inner)).rejects.toMatchObject({ stderr: expect.stringMatching(/denied/i) })

        let seen: string[] = []
        const attacked: typeof bench.options.runner = {
          ...bench.options.runner,
          async run(file, args, options) {
            if (file !== 'docker' || args[0] !== 'run') return bench.options.runner.run(file, args, options)
            await asUser('mv', '--no-target-directory', exchanged, `${exchanged}.away`)
            await asUser('ln', '--symbolic', inner, exchanged)
            try {
              const started = await bench.options.runner.run(file, args, options)
              const pid = await bench.engine.docker('inspect', '--format', '{{.State.Pid}}', started.stdout.trim())
              seen = await readdir(`/proc/${pid}/root${path}`)
              if (seen.includes('secret')) throw new Error('the user was given what lies behind the link')
              return started
            } finally {
              await asUser('rm', exchanged)
              await asUser('mv', '--no-target-directory', `${exchanged}.away`, exchanged)
            }
          },
        }
        try {
          const fork = await openFork('led', { ...bench.options, runner: attacked })
          await fork.start()
          expect(seen).toContain('mine')
          expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
        } finally {
          await rm(closed, { recursive: true })
        }
      },
    )
  },
)
