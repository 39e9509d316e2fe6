import { getEventListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { abortable } from './abortable.ts'
import { waitUntil } from './wait-until.ts'

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test('a result or failure passes through, and neither listener nor timer stays', async () => {
  const before = timers()
  const { signal } = new AbortController()
  const bound = { what: 'It', timeoutMs: 60_000, signal }
  expect(await abortable(Promise.resolve(1), bound)).toBe(1)
  await expect(abortable(Promise.reject(new Error('no')), bound)).rejects.toThrow('no')
  expect(getEventListeners(signal, 'abort')).toEqual([])
  expect(timers()).toBe(before)
})

test('it is given up at its bound, by the signal, and at once when that was aborted before', async () => {
  const never = new Promise<never>(() => {})
  await expect(abortable(never, { what: 'It', timeoutMs: 20 })).rejects.toMatchObject({
    code: 'TIMED_OUT',
    message: 'It took longer than 20 ms.',
  })
  const aborting = new AbortController()
  setTimeout(() => aborting.abort('reason'), 10)
  const bound = { what: 'It', timeoutMs: 60_000, signal: aborting.signal }
  await expect(abortable(never, bound)).rejects.toMatchObject({ code: 'ABORTED', cause: 'reason' })
  await expect(abortable(never, bound)).rejects.toMatchObject({ code: 'ABORTED' })
  expect(getEventListeners(aborting.signal, 'abort')).toEqual([])
})

test('a failure after it was given up is no unhandled rejection', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  try {
    const late = delay(20).then(() => Promise.reject(new Error('late')))
    await expect(abortable(late, { what: 'It', timeoutMs: 1 })).rejects.toMatchObject({ code: 'TIMED_OUT' })
    await late.catch(() => {})
    await delay(5)
  } finally {
    process.off('unhandledRejection', note)
  }
  expect(unhandled).toEqual([])
})

test('a wait ends with the first result, its bound, its signal, or what the probe throws', async () => {
  let calls = 0
  expect(await waitUntil(async () => ++calls === 3 && 'found', { what: 'It', timeoutMs: 5_000 })).toBe('found')
  expect(calls).toBe(3)
  const bound = { what: 'It', timeoutMs: 30 }
  await expect(waitUntil(async () => undefined, bound)).rejects.toMatchObject({
    code: 'TIMED_OUT',
    message: 'It did not happen within 30 ms.',
  })
  await expect(waitUntil(async () => false, { ...bound, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ABORTED',
  })
  await expect(waitUntil(() => Promise.reject(new Error('broken')), bound)).rejects.toThrow('broken')
  // What is there at the first look is found whatever the bound.
  expect(await waitUntil(async () => 1, { what: 'It', timeoutMs: 0 })).toBe(1)
})
