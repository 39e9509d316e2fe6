import { expect, test } from 'vitest'
import { replayBuffers } from './replay-settings.ts'

const megabyte = 1024 * 1024
const gigabyte = 1024 * megabyte

test.each([
  ['much WAL', '128MB', 500, 20 * gigabyte, 2000],
  ['a quarter of what is free', '128MB', 500, 4 * gigabyte, 1024],
  ['little WAL', '128MB', 100, 20 * gigabyte, undefined],
  ['large buffers of its own', '1GB', 500, 20 * gigabyte, undefined],
  ['little free memory', '128MB', 500, 900 * megabyte, undefined],
  ['blocks', '16384', 500, 20 * gigabyte, 2000],
])('%s', (_, sharedBuffers, walMb, freeBytes, expected) => {
  expect(replayBuffers({ sharedBuffers, walBytes: walMb * megabyte, freeBytes })).toBe(expected)
})
