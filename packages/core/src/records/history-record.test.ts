import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { StateDirectory } from '../state/state-directory.ts'
import { findHistory, type HistoryRecord, historyName, historyStore } from './history-record.ts'

let state: StateDirectory
beforeEach(() => {
  const path = mkdtempSync(join(tmpdir(), 'pgfork-test-histories-'))
  state = { path, histories: join(path, 'histories') } as StateDirectory
  mkdirSync(state.histories)
})
afterEach(() => rmSync(state.path, { recursive: true }))

const record = (systemIdentifier: string, dataDirectory: string): HistoryRecord => ({
  ...{ version: 1, name: historyName(systemIdentifier, dataDirectory), createdAt: '2026-01-05T12:00:00.000Z' },
  ...{ dataDirectory, systemIdentifier, major: 15, segmentBytes: 16_777_216, keep: '60x1min' },
  walDirectory: join(state.histories, 'wal'),
})

test('a record of another source that nobody can read keeps none from its history', async () => {
  const [own, other] = [record('18446744073709551615', '/srv/pg/main'), record('7', '/srv/pg/other')]
  for (const one of [own, other]) await historyStore(state).create(one)
  writeFileSync(join(state.histories, `${other.name}.json`), '{')
  expect(await findHistory(state, '/srv/pg/main')).toEqual(own)
  await expect(findHistory(state, '/srv/pg/other')).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
})

test('how far a source says that it has written makes no record unreadable', async () => {
  const own = record('7', '/srv/pg/main')
  await historyStore(state).create(own)
  const told = { ...own, mostWrittenBytes: 0xffffffff * 2 ** 32 }
  await expect(historyStore(state).replace(told)).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
  expect(await findHistory(state, '/srv/pg/main')).toEqual(own)
})
