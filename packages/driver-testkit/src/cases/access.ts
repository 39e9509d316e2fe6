import assert from 'node:assert/strict'
import process from 'node:process'
import { createRunner, isPgforkError } from '@pgfork/core/driver'
import { read, VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

/** `nobody` and `daemon` of most systems: users who own nothing. */
const owner = { uid: 1, gid: 1 }
const stranger = { uid: 65_534, gid: 65_534 }

export const access: Case[] = [
  {
    name: 'a clone is for its owner alone (H29)',
    appliesTo: () => process.geteuid?.() === 0,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      await createRunner().run('chmod', ['-R', 'a+rX', bench.path])
      const snapshot = await bench.snapshot('one')
      const clone = bench.reference('one')
      bench.willRemove(clone)
      await bench.driver.clone({ ...clone, snapshot, owner }, bench.context())
      const path = await bench.pathOf(clone)
      assert.equal(await read(path, 'file'), 'original')
      const { runner } = bench.context()
      const list = (user: typeof owner): Promise<unknown> => runner.run('ls', [path], { user })
      await list(owner)
      await assert.rejects(list(stranger), (error) => isPgforkError(error, 'COMMAND_FAILED'))
    },
  },
]
