import process from 'node:process'
import { expect, test } from 'vitest'
import type { Interruption } from './interruption.ts'
import { runProgram } from './run-program.ts'

const interruption = (signal: AbortSignal): Interruption => ({ signal, name: undefined, release: () => {} })

test('a program ends as a shell tells it', async () => {
  const words = ['sh', '-c', 'exit 3']
  expect(await runProgram(words, process.env, interruption(new AbortController().signal))).toBe(3)
})

test('a signal that came before the program was begun is not lost', async () => {
  const interrupted = AbortSignal.abort(new Error('Interrupted by SIGTERM'))
  await expect(runProgram(['true'], process.env, interruption(interrupted))).rejects.toThrow('Interrupted by SIGTERM')
})
