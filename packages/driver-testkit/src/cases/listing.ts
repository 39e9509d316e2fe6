import assert from 'node:assert/strict'
import { type CommandRunner, createRunner, type StoredItem } from '@pgfork/core/driver'
import { VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

const mostCommands = 20

const describe = (items: readonly StoredItem[]): string[] => items.map(({ kind, name }) => `${kind} ${name}`).sort()

/** A runner that lets this many commands through and then fails, as if the process had been killed there. */
function stopsAfter(runner: CommandRunner, commands: number): CommandRunner & { readonly hasStopped: boolean } {
  let left = commands
  return {
    run: async (...parameters) => {
      if (left-- <= 0) throw new Error('stopped here')
      return runner.run(...parameters)
    },
    start: (...parameters) => runner.start(...parameters),
    get hasStopped() {
      return left < 0
    },
  }
}

export const listing: Case[] = [
  {
    name: 'lists what carries its marks, for another object of the driver',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      assert.deepEqual(await bench.driver.list(bench.volume, bench.context()), [])
      const snapshot = await bench.snapshot('one')
      const { reference } = await bench.clone(snapshot, 'first')
      await bench.clone(snapshot, 'second')
      const items = await options.createDriver().list(bench.volume, bench.context())
      assert.deepEqual(describe(items), ['clone first', 'clone second', 'snapshot one'])
      await bench.driver.removeClone(reference, bench.context())
      const fewer = await bench.driver.list(bench.volume, bench.context())
      assert.deepEqual(describe(fewer), ['clone second', 'snapshot one'])
    },
  },
  {
    name: 'what a listing names can be removed by what it says of it',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.clone(await bench.snapshot('one'), 'one')
      const items = await options.createDriver().list(bench.volume, bench.context())
      const found: StoredItem[] = JSON.parse(JSON.stringify(items))
      const other = options.createDriver()
      for (const item of found) if (item.kind === 'clone') await other.removeClone(item, bench.context())
      for (const item of found) if (item.kind === 'snapshot') await other.removeSnapshot(item, bench.context())
      assert.deepEqual(await bench.driver.list(bench.volume, bench.context()), [])
    },
  },
  {
    name: 'stopped after any command, it leaves nothing that can not be removed by name',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const real = options.commandRunner ?? createRunner()
      for (let commands = 0; commands < mostCommands; commands++) {
        const name = `stopped-${commands}`
        const runner = stopsAfter(real, commands)
        const context = { ...bench.context(), runner }
        const reference = bench.reference(name)
        const driver = options.createDriver()
        await (async () => {
          await driver.snapshot({ snapshots: [reference] }, context)
          await driver.clone({ ...reference, snapshot: reference }, context)
          await driver.attach(reference, context)
        })().catch((error: unknown) => assert.ok(runner.hasStopped, `failed by itself: ${String(error)}`))
        await bench.driver.removeClone(reference, bench.context())
        await bench.driver.removeSnapshot(reference, bench.context())
        assert.deepEqual(await bench.driver.list(bench.volume, bench.context()), [], `after ${commands} commands`)
        if (!runner.hasStopped) return
      }
      assert.fail(`snapshot, clone and attach take more than ${mostCommands} commands`)
    },
  },
]
