import { expect, test, vi } from 'vitest'
import { WarmPool } from './warm-pool.ts'

/** Numbers in place of servers, made and removed when the test says so. */
function factory() {
  const removed: number[] = []
  const dead = new Set<number>()
  let next = 0
  let failure: Error | undefined
  return {
    removed,
    dead,
    fail: (error: Error | undefined) => {
      failure = error
    },
    make: async () => {
      if (failure !== undefined) throw failure
      return ++next
    },
    isAlive: (item: number) => !dead.has(item),
    remove: async (item: number) => void removed.push(item),
  }
}

test('why nothing can be made is told to everybody who waits; nothing more is made until somebody asks again', async () => {
  const items = factory()
  items.fail(new Error('the disk is full'))
  const pool = new WarmPool(items, { size: 1, maximum: 4, concurrency: 2 })
  const waiting = [pool.acquire(), pool.acquire(), pool.acquire()]
  const results = await Promise.allSettled(waiting)
  expect(results.map((result) => result.status === 'rejected' && String(result.reason))).toEqual(
    Array(3).fill('Error: the disk is full'),
  )
  const { failed } = pool.statistics()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(pool.statistics().failed).toBe(failed)
  items.fail(undefined)
  expect(await pool.acquire()).toBe(1)
  await pool.close()
})

test('warm throws why nothing can be made', async () => {
  const items = factory()
  items.fail(new Error('no'))
  const pool = new WarmPool(items, { size: 1 })
  await expect(pool.warm()).rejects.toThrow('no')
  await pool.close()
})

test('what was released is removed, and never handed out again; a second release does nothing', async () => {
  const items = factory()
  const pool = new WarmPool(items, { size: 1, maximum: 2 })
  const first = await pool.acquire()
  await pool.release(first)
  await pool.release(first)
  expect(items.removed).toEqual([first])
  expect(await pool.acquire()).not.toBe(first)
  await pool.close()
})

test('what was kept is its new owner’s: the pool neither counts nor removes it', async () => {
  const items = factory()
  const pool = new WarmPool(items, { size: 0, maximum: 1 })
  const kept = await pool.acquire()
  pool.keep(kept)
  expect(await pool.acquire()).not.toBe(kept)
  await pool.close()
  expect(items.removed).not.toContain(kept)
})

test('what dies while it is ready is replaced', async () => {
  const items = factory()
  const pool = new WarmPool(items, { size: 2 })
  await pool.warm()
  items.dead.add(1)
  expect(await pool.acquire()).toBe(2)
  await pool.close()
  expect(items.removed).toContain(1)
})

test('a removal that fails is told at the end', async () => {
  const items = factory()
  const pool = new WarmPool({ ...items, remove: () => Promise.reject(new Error('busy')) }, { size: 1 })
  await pool.warm()
  await expect(pool.close()).rejects.toThrow('busy')
})

test.each([
  { size: -1 },
  { size: 1.5 },
  { maximum: 0 },
  { size: 3, maximum: 2 },
  { concurrency: 0 },
  { acquireTimeoutMs: Number.NaN },
])('options that make no sense are refused: %o', (options) => {
  expect(() => new WarmPool(factory(), options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})

test('H132: a test that lets time stand still, or run on, ends no wait for a server', async () => {
  const pool = new WarmPool(factory(), { size: 0, maximum: 1 })
  const first = await pool.acquire()
  vi.useFakeTimers()
  try {
    const waiting = pool.acquire()
    await vi.advanceTimersByTimeAsync(3_600_000)
    await pool.release(first)
    expect(await waiting).toBe(2)
  } finally {
    vi.useRealTimers()
  }
  await pool.close()
})

test('H132: a server that is taken while time stands still is replaced', async () => {
  const pool = new WarmPool(factory(), { size: 1 })
  await pool.warm()
  vi.useFakeTimers()
  try {
    await pool.acquire()
  } finally {
    vi.useRealTimers()
  }
  await vi.waitFor(() => expect(pool.statistics().ready).toBe(1))
  await pool.close()
})
