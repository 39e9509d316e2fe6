import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { PgforkError } from '../errors/pgfork-error.ts'
import { type ProgressEvent, StepSequence } from './step-sequence.ts'

const failing = (message: string) => async (): Promise<never> => {
  throw new PgforkError('COMMAND_FAILED', message)
}

test('what failed is undone in reverse, that step included, and what comes later is not begun', async () => {
  const done: string[] = []
  const note = (what: string) => async (): Promise<void> => void done.push(what)
  const events: ProgressEvent[] = []
  const steps = new StepSequence({ onProgress: (event) => events.push(event) })
  const failed = steps.guard(async () => {
    await steps.run('snapshot', async () => {
      steps.onUndo(note('undo snapshot'))
      await note('snapshot')()
    })
    await steps.run('clone', async () => {
      steps.onUndo(note('undo clone 1'))
      steps.onUndo(note('undo clone 2'))
      await failing('no clone')()
    })
    await steps.run('start', note('start'))
  })
  await expect(failed).rejects.toMatchObject({ message: 'no clone', step: 'clone', leftBehind: [] })
  expect(done).toEqual(['snapshot', 'undo clone 2', 'undo clone 1', 'undo snapshot'])
  expect(events.map(({ step, status }) => `${step} ${status}`)).toEqual([
    ...['snapshot started', 'snapshot finished', 'clone started', 'clone failed', 'clone undone'],
  ])
  expect(steps.timings.map(({ name }) => name)).toEqual(['snapshot'])
})

test('a guard within another one has undone what failed in it, once; what fails around it has a step as well', async () => {
  const events: string[] = []
  const steps = new StepSequence({ onProgress: ({ step, status }) => void events.push(`${step} ${status}`) })
  const within = steps.guard(() => steps.guard(() => steps.run('clone', failing('no clone'))))
  await expect(within).rejects.toMatchObject({ message: 'no clone', step: 'clone' })
  expect(events).toEqual(['clone started', 'clone failed', 'clone undone'])
  await expect(new StepSequence().guard(failing('no lock'))).rejects.toMatchObject({ step: 'inspect' })
})

test('what could not be undone is told, and everything else is undone all the same', async () => {
  const done: string[] = []
  const steps = new StepSequence()
  const failed = steps.guard(async () => {
    await steps.run('snapshot', async () => steps.onUndo(async () => done.push('snapshot')))
    await steps.run('clone', async () => steps.onUndo(failing('the clone is busy')))
    await steps.run('start', async () => {
      steps.onUndo(async () => done.push('start'))
      await failing('no start')()
    })
  })
  await expect(failed).rejects.toMatchObject({
    message: 'no start Not undone: the clone is busy',
    step: 'start',
    leftBehind: [{ step: 'clone', reason: 'the clone is busy' }],
  })
  expect(done).toEqual(['start', 'snapshot'])
})

test.each(['started', 'finished', 'failed', 'undone'] as const)(
  'a listener that throws at "%s" keeps nothing from being undone',
  async (status) => {
    const done: string[] = []
    const steps = new StepSequence({
      onProgress: (event) => {
        if (event.status === status && event.step === 'clone') throw new Error('the listener is broken')
      },
    })
    const failed = steps.guard(async () => {
      await steps.run('snapshot', async () => steps.onUndo(async () => done.push('undo')))
      await steps.run('clone', failing('no clone'))
    })
    await expect(failed).rejects.toMatchObject({ step: 'clone', leftBehind: [] })
    expect(done).toEqual(['undo'])
  },
)

test('an error of another kind becomes a typed one and stays its cause', async () => {
  const cause = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' })
  const steps = new StepSequence()
  const failed = steps.guard(() => steps.run('snapshot', () => Promise.reject(cause)))
  await expect(failed).rejects.toMatchObject({ name: 'PgforkError', code: 'NO_SPACE', step: 'snapshot', cause })
})

test('no step begins after the caller gave up, and the reason is kept', async () => {
  const aborting = new AbortController()
  const steps = new StepSequence({ signal: aborting.signal })
  const begun: string[] = []
  const failed = steps.guard(async () => {
    await steps.run('snapshot', async () => aborting.abort(new Error('enough')))
    await steps.run('clone', async () => void begun.push('clone'))
  })
  await expect(failed).rejects.toMatchObject({ code: 'ABORTED', step: 'clone', cause: { message: 'enough' } })
  expect(begun).toEqual([])
  expect(getEventListeners(aborting.signal, 'abort')).toEqual([])
})

test('whatever a step throws because the caller gave up is told as that', async () => {
  const aborting = new AbortController()
  const steps = new StepSequence({ signal: aborting.signal })
  const failed = steps.guard(() =>
    steps.run('clone', async () => {
      aborting.abort()
      // As Node's own functions that are given the signal.
      aborting.signal.throwIfAborted()
    }),
  )
  await expect(failed).rejects.toMatchObject({ code: 'ABORTED', step: 'clone' })
})

test('subscribers of pgfork.step are told of each step with its time, and which ones are of one call', async () => {
  const names = ['start', 'asyncEnd', 'error'].map((event) => `tracing:pgfork.step:${event}`)
  const told: Record<string, unknown>[] = []
  const listener = (message: unknown, name: string | symbol) =>
    void told.push({ ...(message as object), event: String(name).split(':')[2] })
  for (const name of names) subscribe(name, listener)
  const steps = new StepSequence()
  await steps
    .guard(async () => {
      await steps.run('inspect', async () => {})
      await steps.run('plan', failing('no plan'))
    })
    .catch(() => {})
  await new StepSequence().run('inspect', async () => {})
  for (const name of names) unsubscribe(name, listener)
  expect(told).toMatchObject([
    { event: 'start', step: 'inspect', milliseconds: undefined },
    { event: 'asyncEnd', step: 'inspect', milliseconds: expect.any(Number) },
    { event: 'start', step: 'plan' },
    { event: 'error', step: 'plan', error: { message: 'no plan' } },
    { event: 'asyncEnd', step: 'plan' },
    { event: 'start', step: 'inspect' },
    { event: 'asyncEnd', step: 'inspect' },
  ])
  const operations = told.map(({ operation }) => operation)
  expect(operations.slice(0, 5)).toEqual(Array(5).fill(operations[0]))
  expect(operations[5]).not.toBe(operations[0])
})

const refuse = (): never => {
  throw new Error('no text')
}

test.each([
  ['has no text', () => Object.create(null), 'The step snapshot failed: something was thrown that has no text'],
  ['throws when it is looked at', () => new Proxy({}, { get: refuse, getPrototypeOf: refuse }), 'has no text'],
  ['is frozen', () => Object.freeze(new PgforkError('NO_SPACE', 'full')), 'full'],
])('what a listener throws that %s keeps nothing from being undone', async (_, make, message) => {
  const done: string[] = []
  const steps = new StepSequence({
    onProgress({ status }) {
      if (status === 'finished') throw make()
    },
  })
  const failed = steps.guard(() =>
    steps.run('snapshot', async () => {
      steps.onUndo(async () => done.push('first'))
      steps.onUndo(async () => Promise.reject(make()))
    }),
  )
  const reason = expect.any(String)
  await expect(failed).rejects.toMatchObject({
    ...{ name: 'PgforkError', step: 'snapshot', leftBehind: [{ step: 'snapshot', reason }] },
    message: expect.stringContaining(message),
  })
  expect(done).toEqual(['first'])
})
