import assert from 'node:assert/strict'
import type { Command, CommandRunner } from '@pgfork/core/driver'
import { VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

/** Only what a driver claims is held against it: one without an outline has nothing to compare. */
export const outlining: Case[] = [
  {
    name: 'an outline is what is run then, in order and with all words, but for what it leaves open',
    appliesTo: (options) => options.createDriver().outline !== undefined,
    run: async (options) => {
      for (const consumeSnapshot of [false, true]) {
        await using bench = await VolumeWorkbench.create(options)
        await bench.write('file', 'original')
        await bench.flush(bench.path)
        const { outline } = bench.driver
        assert.ok(outline)
        const snapshot = bench.reference('one')
        const clone = { ...bench.reference('two'), snapshot, consumeSnapshot }
        const request = { snapshots: [snapshot], singleUse: consumeSnapshot }
        const context = bench.context()
        const attached = await outline.attach(clone, context)
        const { claims } = bench.driver
        const claim = ['outlined.1', clone.name] as const
        const expected = [
          await outline.snapshot(request, context),
          await outline.clone(clone, context),
          attached.commands,
          ...(claims === undefined ? [] : [await outline.claim?.(bench.volume, ...claim, context)]),
        ]
        const ran: Command[][] = []
        const recording = (): typeof context => {
          const commands: Command[] = []
          ran.push(commands)
          return { ...context, runner: recordingRunner(context.runner, commands) }
        }
        try {
          await bench.driver.snapshot(request, recording())
          await bench.driver.clone(clone, recording())
          assert.equal(await bench.driver.attach(clone, recording()), attached.path)
          await claims?.take(bench.volume, ...claim, recording())
        } finally {
          await claims?.release(bench.volume, ...claim, context)
          await bench.driver.removeClone(clone, context)
          await bench.driver.removeSnapshot(snapshot, context)
        }
        assert.deepEqual(ran.map(fillIn(expected)), expected)
      }
    },
  },
]

/** Has what an outline leaves open, in angle brackets, stand open in what was run as well. */
const fillIn =
  (expected: readonly (readonly Command[] | undefined)[]) =>
  (commands: readonly Command[], verb: number): Command[] =>
    commands.map((words, command) =>
      words.map((word, index) => {
        const outlined = expected[verb]?.[command]?.[index] ?? ''
        return patternOf(outlined).test(word) ? outlined : word
      }),
    )

const patternOf = (outlined: string): RegExp => {
  const parts = outlined.split(/<[^<>]+>/)
  return new RegExp(`^${parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's')
}

const recordingRunner = (runner: CommandRunner, commands: Command[]): CommandRunner => ({
  run(file, args, options) {
    commands.push([...(options?.prefix ?? []), file, ...args])
    return runner.run(file, args, options)
  },
  start: (file, args, options) => runner.start(file, args, options),
})
