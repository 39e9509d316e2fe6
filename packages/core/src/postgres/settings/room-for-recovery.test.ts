import { expect, test } from 'vitest'
import { roomForRecovery } from './room-for-recovery.ts'

const none = { preparedTransactions: 0, locks: 0, tracksCommitTimestamps: undefined }

test('settings that suffice stay as they are', () => {
  const settings = { max_connections: '100', max_prepared_transactions: '5' }
  const needs = { preparedTransactions: 5, locks: 100 * 64, tracksCommitTimestamps: false }
  expect(roomForRecovery(settings, needs, { major: 18, given: {} })).toEqual({})
  expect(roomForRecovery({}, none, { major: 10, given: {} })).toEqual({})
})

test("H79: those that do not are raised, the caller's too", () => {
  const settings = { max_connections: '20', max_wal_senders: '0', max_prepared_transactions: '1' }
  const needs = { preparedTransactions: 9, locks: 10_000, tracksCommitTimestamps: undefined }
  // 20 connections, 3 and 8 workers, and 9 prepared transactions.
  const raised = { max_prepared_transactions: '9', max_locks_per_transaction: '250' }
  for (const major of [10, 18]) expect(roomForRecovery(settings, needs, { major, given: settings })).toEqual(raised)
})

test('commit timestamps that the source began to track are tracked on, unless the caller says otherwise', () => {
  const needs = { ...none, tracksCommitTimestamps: true }
  expect(roomForRecovery({}, needs, { major: 18, given: {} })).toEqual({ track_commit_timestamp: 'on' })
  expect(roomForRecovery({}, needs, { major: 18, given: { track_commit_timestamp: 'off' } })).toEqual({})
})
