import { expect, test } from 'vitest'
import { StepSequence } from '../operation/step-sequence.ts'
import { tellReplay } from './replay-wal.ts'

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
