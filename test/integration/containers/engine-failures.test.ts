import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, listForks, openFork } from '@pgfork/core'
import { expect, onTestFinished, test } from 'vitest'
import { startEngine, startSource } from '../../support/engine/index.ts'
import { query } from '../../support/query.ts'
import { createBtrfs } from '../../support/storage/create-btrfs.ts'
import { readProcess } from '../../support/system/processes.ts'
import { runner } from '../../support/system/runner.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { boundSubvolume, describeEngine } from './container-workbench.ts'

/** As an engine that doesn't answer is waited for, in less time. */
const impatient: typeof runner = {
  ...runner,
  run: (file, words, options) =>
    runner.run(file, words, file === 'docker' ? { ...options, timeoutMs: 3_000 } : options),
}

await describeEngine(
  'engines that hang, die, or are others',
  { bound: async (storage) => ['--volume', await boundSubvolume(storage, 'bound')] },
  (bench) => {
    test('H89: a fork is destroyed while its engine hangs, and its container goes when that goes on', async () => {
      const made = await bench.fork('bound', { name: 'hung', lifetime: 'persistent' })
      const fork = await openFork('hung', { ...bench.options, runner: impatient })
      const engine = bench.engine.freeze()
      try {
        await expect(bench.fork('bound', { runner: impatient })).rejects.toMatchObject({
          ...{
            code: 'ENGINE_UNAVAILABLE',
            hazard: 'H89',
            message: expect.stringContaining('has not answered in time'),
          },
        })
        await fork.destroy()
        expect(await listForks(bench.options)).toEqual([])
      } finally {
        engine[Symbol.dispose]()
      }
      expect(await readProcess(made.pid ?? 0)).toBeUndefined()
      const isGone = async () => (await bench.inspect(made)) === undefined
      await waitUntil(isGone, { timeoutMs: 30_000, what: 'end of the container of a fork that was destroyed' })
    })

    test('H89: a fork of a killed engine goes on, and is stopped; it is started again when the engine is there again', async () => {
      await using storage = await createBtrfs()
      await using engine = await startEngine(storage.path)
      await startSource(engine, { name: 'killed', words: ['--volume', await boundSubvolume(storage, 'killed')] })
      const fork = await bench.fork('killed', { name: 'left', lifetime: 'persistent' })
      {
        await using _ = await engine.kill()
        expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
        expect(await listForks(bench.options)).toMatchObject([{ name: 'left', isRunning: true }])
        await fork.stop()
        await expect(fork.start()).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' })
        expect(await listForks(bench.options)).toMatchObject([{ name: 'left', isRunning: false }])
      }
      await fork.start()
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
      await fork.destroy()
    })

    test('H89: another engine at the same address is neither asked for the container of a fork nor given it', async () => {
      const fork = await bench.fork('bound', { name: 'moved', lifetime: 'persistent' })
      await fork.stop()
      const socket = bench.engine.address.slice('unix://'.length)
      await using storage = await createBtrfs()
      await using other = await startEngine(storage.path)
      await rename(socket, `${socket}.away`)
      try {
        await rename(other.address.slice('unix://'.length), socket)
        await expect(fork.start()).rejects.toMatchObject({
          ...{ code: 'ENGINE_UNAVAILABLE', hazard: 'H89', message: expect.stringContaining('another engine answers') },
        })
        await fork.stop()
      } finally {
        await rename(socket, other.address.slice('unix://'.length))
        await rename(`${socket}.away`, socket)
      }
      await fork.start()
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
      await fork.destroy()
    })

    test('a fork whose image was removed says so, and can be forked into another one', async () => {
      await bench.engine.docker('commit', 'bound', 'short-lived:1')
      const fork = await bench.fork('bound', {
        ...{ name: 'imageless', lifetime: 'persistent', container: { image: 'short-lived:1' } },
      })
      await fork.stop()
      await bench.engine.docker('rmi', '--force', 'short-lived:1')
      await expect(fork.start()).rejects.toMatchObject({
        ...{ code: 'CONTAINER_NOT_FOUND', message: expect.stringMatching(/image .* is gone.*inImage/) },
      })
      await fork.destroy()
    })

    test('an engine without room makes no fork and leaves nothing, and makes one when there is room again', async () => {
      await using storage = await createBtrfs({ sizeMb: 600 })
      await using engine = await startEngine(storage.path)
      await startSource(engine, { name: 'full', words: ['--volume', await boundSubvolume(bench.storage, 'full')] })
      const filling = join(storage.path, 'filling')
      await expect(runner.run('dd', ['if=/dev/zero', `of=${filling}`, 'bs=1M', 'conv=fsync'])).rejects.toThrow(/space/)
      for (let index = 0; index < 200; index++) await writeFile(`${filling}-${index}`, 'x'.repeat(4096)).catch(() => {})
      await expect(bench.fork('full')).rejects.toMatchObject({ code: 'NO_SPACE', leftBehind: [] })
      await runner.run('sh', ['-c', `rm ${filling}*`])
      const fork = await bench.fork('full')
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
      await fork.destroy()
    })

    test('a paused container is forked as one that was killed, without waiting for it', async () => {
      await bench.engine.docker('pause', 'bound')
      onTestFinished(async () => void (await bench.engine.docker('unpause', 'bound').catch(() => '')))
      const startedAt = performance.now()
      const fork = await bench.fork('bound', { database: 'shop' })
      expect(performance.now() - startedAt).toBeLessThan(60_000)
      expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
      await fork.destroy()
      await bench.engine.docker('unpause', 'bound')
    })

    test('a fork whose container somebody paused is stopped and destroyed', async () => {
      const fork = await bench.fork('bound', { name: 'paused', lifetime: 'persistent' })
      await bench.engine.docker('pause', (await bench.inspect(fork))?.Id ?? '')
      await fork.destroy()
      expect(await collectGarbage(bench.options)).toEqual([])
    })
  },
)
