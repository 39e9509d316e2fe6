import { getEventListeners } from 'node:events'
import { createFork, isPgforkError } from '@pgfork/core'
import type { Client } from 'pg'
import { expect, test } from 'vitest'
import { atCommand, recordCommands } from '../../support/evidence/index.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  const attempt = (options: object) => createFork({ source: bench.source.dataDirectory, ...bench.options, ...options })
  const never = (): Promise<never> => new Promise(() => {})

  test.each([
    ['prepare', 'never ends', never],
    ['prepare', 'waits for the server', (client: Client) => client.query('SELECT pg_sleep(600)')],
    ['verify', 'never ends', never],
    ['verify', 'waits for the server', (client: Client) => client.query('SELECT pg_sleep(600)')],
  ] as const)('a %s that %s is left by the signal', async (step, _, action) => {
    const aborting = new AbortController()
    const hanging = (client: Client): unknown => {
      setTimeout(() => aborting.abort(), 50)
      return action(client)
    }
    const started = performance.now()
    const made = attempt({ [step]: hanging, signal: aborting.signal })
    await expect(made).rejects.toMatchObject({ code: 'ABORTED', step, leftBehind: [] })
    expect(performance.now() - started).toBeLessThan(20_000)
    expect(getEventListeners(aborting.signal, 'abort')).toEqual([])
    await expectNothingLeft(bench)
  })

  test('a signal that was used for many forks keeps no listener', async () => {
    const { signal } = new AbortController()
    const forks = await Promise.all([attempt({ signal }), attempt({ signal }), attempt({ signal })])
    for (const fork of forks) await fork.destroy()
    expect(getEventListeners(signal, 'abort')).toEqual([])
    await expectNothingLeft(bench)
  })

  test('a listener that throws, wherever it does, leaves nothing', async () => {
    for (const status of ['started', 'finished', 'failed', 'undone'] as const) {
      const onProgress = (event: { step: string; status: string }): void => {
        if (event.step === 'verify' && event.status === status) throw new Error('broken listener')
      }
      const verify = (): never => {
        throw new Error('refused')
      }
      const error = await attempt({ onProgress, ...(status === 'finished' ? {} : { verify }) }).catch(
        (thrown) => thrown,
      )
      expect(isPgforkError(error) && error.step).toBe('verify')
      await expectNothingLeft(bench)
    }
  })

  test('the server that cannot be started at all', async () => {
    await using runner = recordCommands({
      trouble: (call) => (call.file.endsWith('/postgres') && call.args[0] === '-D' ? 'fail' : undefined),
    })
    await expect(attempt({ runner })).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      step: 'start',
      stderr: expect.stringContaining('ordered'),
    })
    await expectNothingLeft(bench)
    await using other = recordCommands({ trouble: atCommand(10_000, 'fail') })
    await (await attempt({ runner: other })).destroy()
  })
})
