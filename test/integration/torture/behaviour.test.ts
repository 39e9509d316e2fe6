import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { collectGarbage, createFork, openFork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { programPath } from '../../support/programs/program.ts'
import { runProgram } from '../../support/programs/run-program.ts'
import { timeoutMs } from '../../support/torture-counts.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { createTortureWorkbench, type TortureWorkbench } from '../../support/workbench/torture-workbench.ts'

let bench: TortureWorkbench
let stateDirectory: string

beforeAll(async () => {
  bench = await createTortureWorkbench()
  stateDirectory = await bench.makeStateDirectory('behaviour')
})

afterAll(async () => {
  try {
    await bench.expectCollectable(stateDirectory)
    await bench.expectUntouched()
  } finally {
    await bench[Symbol.asyncDispose]()
  }
})

test(
  'a program that has destroyed its forks ends by itself, without a warning of Node',
  async () => {
    const request = { source: bench.source.dataDirectory, stateDirectory }
    expect(await runProgram('twice-program', request, timeoutMs)).toBe('done')
  },
  timeoutMs,
)

/** What a worker has left can be reaped only at the end of the whole process: it stays as a zombie. */
const hasEnded = (pid: number): boolean =>
  !existsSync(`/proc/${pid}`) || /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

/** @returns what the worker had to say, after its end */
async function runWorker(data: object): Promise<{ pid: number }> {
  const workerData = { source: bench.source.dataDirectory, stateDirectory, ...data }
  const worker = new Worker(programPath('fork-worker'), { workerData })
  const ended = once(worker, 'exit')
  const [answer] = await once(worker, 'message')
  expect(await ended).toEqual([0])
  return answer
}

test('a worker makes forks, and hands errors over as data', async () => {
  const refusal = { name: 'PgforkError', code: 'INVALID_NAME' }
  expect(await runWorker({})).toMatchObject({ port: expect.any(Number), refusal })
})

test('the server of a fork that a worker leaves ends with the worker, and the fork can be started again', async () => {
  const { pid } = await runWorker({ leave: 'left' })
  await waitUntil(() => hasEnded(pid), { timeoutMs: 30_000, what: 'end of the server' })
  await using fork = await openFork('left', { driver: btrfs(), stateDirectory })
  await fork.start()
  expect(fork.pid).not.toBe(pid)
})

test('a clock that jumps back and forth while a fork is made makes no difference', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    const jump = (): void => {
      const jumped = new Date()
      jumped.setFullYear(jumped.getFullYear() + (Math.random() < 0.5 ? -20 : 20))
      vi.setSystemTime(jumped)
    }
    await using fork = await createFork({
      source: bench.source.dataDirectory,
      stateDirectory,
      driver: btrfs(),
      onProgress: jump,
    })
    expect(fork.steps.every(({ milliseconds }) => milliseconds >= 0 && milliseconds < timeoutMs)).toBe(true)
    jump()
    await fork.reset()
  } finally {
    vi.useRealTimers()
  }
})

for (const years of [-30, 30])
  test(`a clock that jumps by ${years} years while a fork lives ends no more than times to live`, async () => {
    const options = { source: bench.source.dataDirectory, stateDirectory, driver: btrfs() }
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
