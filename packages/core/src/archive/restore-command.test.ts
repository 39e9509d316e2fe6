import { expect, test } from 'vitest'
import { fillIn, isRestoreCommand } from './restore-command.ts'

const of = { file: '000000010000000000000007', path: '/tmp/pgfork-1/RECOVERYXLOG' }

test.each([
  ['cp /archive/%f "%p"', 'cp /archive/000000010000000000000007 "/tmp/pgfork-1/RECOVERYXLOG"'],
  ['get %f %p %r', `get 000000010000000000000007 /tmp/pgfork-1/RECOVERYXLOG ${'0'.repeat(24)}`],
  ['date +%%f; get %f %p', 'date +%f; get 000000010000000000000007 /tmp/pgfork-1/RECOVERYXLOG'],
  ['get %f %p > log.%d', 'get 000000010000000000000007 /tmp/pgfork-1/RECOVERYXLOG > log.%d'],
])('%s', (command, filled) => {
  expect(fillIn(command, of)).toBe(filled)
})

test.each([
  ['cp /archive/%f %p', true],
  ['cp /archive/%f', false],
  ['cp /archive/x %p', false],
  ['cp %%f %p', false],
  ['', false],
  ['cp %f %p\0', false],
  [7, false],
])('%j is a restore command: %s', (command, isOne) => {
  expect(isRestoreCommand(command)).toBe(isOne)
})
