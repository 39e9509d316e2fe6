import { afterEach, expect, test, vi } from 'vitest'
import { readAround } from './read-around.ts'

const now = new Date(2026, 0, 5, 15, 30)
const range = (time: Date) => ({ from: new Date(time.getTime() - 60_000), to: new Date(time.getTime() + 120_000) })

test.each([
  ['14:03', new Date(2026, 0, 5, 14, 3)],
  ['14:03:20', new Date(2026, 0, 5, 14, 3, 20)],
  ['9:00', new Date(2026, 0, 5, 9, 0)],
  // It was that last yesterday.
  ['16:00', new Date(2026, 0, 4, 16, 0)],
  ['2026-01-02T14:03:00+01:00', new Date('2026-01-02T13:03:00Z')],
])('%s', (text, time) => {
  expect(readAround(text, now)).toEqual(range(time))
})

test.each(['', 'noon', '24:00', '12:60', '2026-01-02T14:03:00', '2026-13-02T14:03:00Z'])('"%s" is refused', (text) => {
  expect(() => readAround(text, now)).toThrow('--around takes a time')
})

afterEach(() => vi.unstubAllEnvs())

test.each([
  ['02:30', 'of the second one', '2026-10-25T01:40:00Z', '2026-10-25T01:30:00Z'],
  ['02:50', 'of the first one', '2026-10-25T01:40:00Z', '2026-10-25T00:50:00Z'],
  ['02:30', 'that was left out', '2026-03-29T10:00:00Z', '2026-03-28T01:30:00Z'],
])('%s %s, where clocks are changed in between', (text, _, at, expected) => {
  vi.stubEnv('TZ', 'Europe/Berlin')
  expect(readAround(text, new Date(at))).toEqual(range(new Date(expected)))
})
