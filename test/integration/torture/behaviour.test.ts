import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { collectGarbage, createFork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { timeoutMs } from './counts.ts'
import { makeRig, type Rig } from './rig.ts'
import { programPath, runProgram } from './run-program.ts'

let rig: Rig
let stateDirectory: string

beforeAll(async () => {
  rig = await makeRig()
  stateDirectory = await rig.makeStateDirectory('behaviour')
})

afterAll(async () => {
  try {
    await rig.expectCollectable(stateDirectory)
    await rig.expectUntouched()
  } finally {
    await rig[Symbol.asyncDispose]()
  }
})

test(
  'a program that has destroyed its forks ends by itself, without a warning of Node',
  async () => {
    const request = { source: rig.source.dataDirectory, stateDirectory }
    expect(await runProgram('twice-program', request, timeoutMs)).toBe('done')
  },
  timeoutMs,
)

test('a worker makes forks, and hands errors over as data', async () => {
  const worker = new Worker(
    `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(programPath('fork-worker'))}) })`,
    { eval: true, workerData: { source: rig.source.dataDirectory, stateDirectory } },
  )
  const ended = once(worker, 'exit')
  const [answer] = await once(worker, 'message')
  expect(answer).toMatchObject({ port: expect.any(Number), refusal: { name: 'PgforkError', code: 'INVALID_NAME' } })
  expect(await ended).toEqual([0])
})

for (const years of [-30, 30])
  test(`a clock that jumps by ${years} years while a fork lives ends no more than times to live`, async () => {
    const options = { source: rig.source.dataDirectory, stateDirectory, driver: btrfs() }
    await using fork = await createFork({ ...options, name: 'lasting' })
    const brief = await createFork({ ...options, name: 'brief', timeToLiveMs: 3_600_000 })
    const jumped = new Date()
    jumped.setFullYear(jumped.getFullYear() + years)
    vi.useFakeTimers({ toFake: ['Date'], now: jumped })
    try {
      const collected = await collectGarbage({ driver: btrfs(), stateDirectory })
      expect(collected.map(({ name }) => name)).toEqual(years > 0 ? ['brief'] : [])
      await using late = await createFork({ ...options, name: 'late' })
      expect(await collectGarbage({ driver: btrfs(), stateDirectory })).toEqual([])
      expect(late.pid).toBeDefined()
      await fork.stop()
      await fork.start()
    } finally {
      vi.useRealTimers()
    }
    await brief.destroy()
  })
