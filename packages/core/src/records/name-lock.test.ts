import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRunner } from '../command/execa-runner.ts'
import { openStateDirectory, type StateDirectory } from '../state/state-directory.ts'
import { tryNameLock, withNameLock } from './name-lock.ts'

const runner = createRunner()
let folder: string
let state: StateDirectory

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgfork-test-'))
  state = await openStateDirectory(join(folder, 'state'))
})
afterEach(() => rm(folder, { recursive: true }))

test('H76: one at a time for each name, and none for those of other names', async () => {
  const inside = new Map<string, number>()
  let most = 0
  const enter = (name: string) =>
    withNameLock({ state, runner }, name, async () => {
      inside.set(name, (inside.get(name) ?? 0) + 1)
      most = Math.max(most, inside.get(name) ?? 0)
      await new Promise((resolve) => setImmediate(resolve))
      inside.set(name, (inside.get(name) ?? 0) - 1)
    })
  await Promise.all(Array.from({ length: 30 }, (_, index) => enter(`name-${index % 3}`)))
  expect(most).toBe(1)
  await withNameLock({ state, runner }, 'one', () => withNameLock({ state, runner }, 'other', async () => {}))
  expect(await readdir(state.nameLocks)).toEqual([])
})

test('the lock stays while there is a record of its name, of a fork or of a snapshot', async () => {
  const enter = () => withNameLock({ state, runner }, 'one', async () => {})
  for (const path of [join(state.forks, 'one.json'), join(state.snapshots, 'one.json')]) {
    await writeFile(path, '{}')
    await enter()
    expect(await readdir(state.nameLocks)).toEqual(['one'])
    await rm(path)
    await enter()
    expect(await readdir(state.nameLocks)).toEqual([])
  }
})

test('who does not want to wait is told so, and runs nothing', async () => {
  const runs: string[] = []
  const attempt = (): Promise<boolean> => tryNameLock({ state, runner }, 'one', async () => void runs.push('tried'))
  expect(await attempt()).toBe(true)
  expect(await withNameLock({ state, runner }, 'one', attempt)).toBe(false)
  expect(runs).toEqual(['tried'])
  const failing = tryNameLock({ state, runner }, 'one', () => Promise.reject(new Error('its own')))
  await expect(failing).rejects.toThrow('its own')
  const aborted = AbortSignal.abort(new Error('enough'))
  await expect(tryNameLock({ state, runner, signal: aborted }, 'one', async () => {})).rejects.toMatchObject({
    code: 'ABORTED',
  })
})
