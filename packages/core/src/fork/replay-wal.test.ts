import { expect, test } from 'vitest'
import { ServerStartError } from '../errors/server-start-error.ts'
import { StepSequence } from '../operation/step-sequence.ts'
import { isOutOfMemory, tellReplay } from './replay-wal.ts'

const megabyte = 1024 * 1024

test('a replay tells how far it is, in bytes of the WAL that it is to replay', () => {
  const told: (number | undefined)[][] = []
  const steps = new StepSequence({
    onProgress: ({ status, doneBytes, totalBytes }) => told.push(status === 'running' ? [doneBytes, totalBytes] : []),
  })
  const wal = { start: 20 * megabyte, stop: 40 * megabyte, segmentBytes: 16 * megabyte }
  const tell = tellReplay({ steps }, wal)
  for (const number of ['01', '02', '03']) tell(`0000000100000000000000${number}`)
  tell('nonsense')
  expect(told).toEqual([0, 12, 20].map((done) => [done * megabyte, 20 * megabyte]))
})

test.each([
  ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', true],
  ['LOG:  startup process (PID 4711) was terminated by signal 9: Killed', true],
  ['2026-01-02 03:04:05 UTC FATAL:  out of memory', true],
  ['LOG:  startup process (PID 4711) was terminated by signal 11: Segmentation fault', false],
  ['LOG:  startup process (PID 4711) was terminated by signal 99', false],
  ['FATAL:  could not open file "out of memory": No such file or directory', false],
])('H28: %j: too little memory: %s', (log, expected) => {
  expect(
    isOutOfMemory(new ServerStartError('The server of x did not start: postgres ended with exit status 1', log)),
  ).toBe(expected)
})

test('H28: a server that is killed as a whole had too little memory', () => {
  expect(isOutOfMemory(new ServerStartError('The server of x did not start: postgres ended with SIGKILL.', ''))).toBe(
    true,
  )
})
