import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, expect, test } from 'vitest'
import type { CommandMessage } from '../diagnostics/channels.ts'
import { createRunner } from './execa-runner.ts'
import { tracedRunner } from './traced-runner.ts'

const runner = tracedRunner(createRunner())
const ends: (() => void)[] = []

afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function record(event: string): CommandMessage[] {
  const messages: CommandMessage[] = []
  const name = `tracing:pgfork.command:${event}`
  const listener = (message: unknown) => void messages.push({ ...(message as CommandMessage) })
  subscribe(name, listener)
  ends.push(() => unsubscribe(name, listener))
  return messages
}

test('subscribers are told of a command when it begins, and of its time when it has ended', async () => {
  const [started, ended, failed] = [record('start'), record('asyncEnd'), record('error')]
  await runner.run('sleep', ['0.05'], { prefix: ['env'] })
  const command = ['env', 'sleep', '0.05']
  expect(started).toEqual([{ kind: 'run', command, user: undefined, milliseconds: undefined }])
  expect(ended).toMatchObject([{ kind: 'run', command, milliseconds: expect.any(Number) }])
  expect(ended[0]?.milliseconds).toBeGreaterThanOrEqual(49)
  expect(failed).toEqual([])
})

test('and of one that fails, with its error', async () => {
  const [ended, failed] = [record('asyncEnd'), record('error')]
  await expect(runner.run('false', [])).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  expect(failed).toMatchObject([{ command: ['false'], error: { code: 'COMMAND_FAILED' } }])
  expect(ended).toHaveLength(1)
})
