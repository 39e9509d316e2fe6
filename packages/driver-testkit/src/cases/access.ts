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
    name: "a clone is the caller's until it is handed over, and then one user's alone (H29, H59)",
    appliesTo: () => process.geteuid?.() === 0,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      await createRunner().run('chmod', ['-R', 'a+rX', bench.path])
      const snapshot = await bench.snapshot('one')
      const clone = bench.reference('one')
      bench.willRemove(clone)
      const context = bench.context()
      await bench.driver.clone({ ...clone, snapshot }, context)
      const path = await bench.pathOf(clone)
      const list = (user: typeof owner): Promise<unknown> => context.runner.run('ls', [path], { user })
      const isRefused = (error: unknown): boolean => isPgforkError(error, 'COMMAND_FAILED')
      for (const user of [owner, stranger]) await assert.rejects(list(user), isRefused)
      await bench.driver.handOver(clone, owner, context)
      await bench.driver.handOver(clone, owner, context)
      assert.equal(await read(path, 'file'), 'original')
      await list(owner)
      await assert.rejects(list(stranger), isRefused)
      // What is mounted or made there later must not be where its user led it.
      const root = await bench.driver.attach(clone, context)
      await assert.rejects(context.runner.run('mv', [root, `${root}-moved`], { user: owner }), isRefused)
    },
  },
]
