import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Operation, startOperation } from '../../operation/operation.ts'
import { withNameLock } from '../../records/name-lock.ts'
import { findClaims } from './find-claims.ts'

let folder: string
let operation: Operation

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgfork-test-'))
  operation = await startOperation({ stateDirectory: join(folder, 'state') })
  await writeFile(join(operation.state.ports, '20000'), 'old')
})
afterEach(() => rm(folder, { recursive: true }))

test('a number that is held for a fork without a record is given back', async () => {
  const found = await findClaims(operation, {})
  expect(found).toMatchObject([{ kind: 'port', name: '20000', reason: 'it is held for old, which is gone' }])
  await found[0]?.remove()
  expect(await readdir(operation.state.ports)).toEqual([])
})

test('H76: what a new fork of the same name has taken over since it was looked at stays', async () => {
  const [found] = await findClaims(operation, {})
  await withNameLock(operation, 'old', async () => {
    // It is being made, and has no record yet.
    await expect(found?.remove()).rejects.toMatchObject({ code: 'BUSY' })
    await writeFile(join(operation.state.forks, 'old.json'), '{}')
  })
  await found?.remove()
  expect(await readdir(operation.state.ports)).toEqual(['20000'])
})
