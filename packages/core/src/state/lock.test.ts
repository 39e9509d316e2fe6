import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRunner } from '../command/execa-runner.ts'
import { identifyProcess, identifySelf, type ProcessIdentity } from '../process/process-identity.ts'
import { waitUntil } from '../process/wait-until.ts'
import { tryLock, withLock } from './lock.ts'
import { formatToken } from './lock-token.ts'

const runner = createRunner()
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgfork-test-lock-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A lock held by somebody who has no witness. */
async function makeHeld(path: string, holder: ProcessIdentity): Promise<void> {
  await withLock(path, { runner }, async () => {})
  await rename(join(path, 'free'), join(path, formatToken({ holder, id: 'x', witness: undefined })))
}

test('only one caller at a time is inside, and nothing but the free lock is left', async () => {
  let [inside, most, runs] = [0, 0, 0]
  const enter = () =>
    withLock(join(folder, 'busy'), { runner }, async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
      runs++
    })
  await Promise.all(Array.from({ length: 20 }, enter))
  expect({ most, runs, inside }).toEqual({ most: 1, runs: 20, inside: 0 })
  expect(await readdir(folder)).toEqual(['busy'])
  expect(await readdir(join(folder, 'busy'))).toEqual(['free'])
})

test('an action that throws gives the lock back', async () => {
  const path = join(folder, 'thrown')
  await expect(withLock(path, { runner }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLock(path, { runner }, async () => 'in')).toBe('in')
})

test('a lock that nobody holds is taken in less than a millisecond', async () => {
  const path = join(folder, 'fast')
  const times: number[] = []
  for (let round = 0; round < 200; round++) {
    const started = performance.now()
    await withLock(path, { runner }, async () => times.push(performance.now() - started))
  }
  // Most of them: other programs run, too.
  expect(times.sort((one, other) => one - other)[20]).toBeLessThan(1)
})

test('a path longer than that of a socket can be is the path of a lock all the same, with a witness', async () => {
  const path = join(folder, 'long-'.repeat(30))
  await withLock(path, { runner }, async () => {
    expect((await readdir(path)).map((name) => name.split(/[-,]/)[0]).sort()).toEqual(['held', 'witness'])
  })
  expect(await readdir(path)).toEqual(['free'])
})

test('H58: the lock of a process that was killed is taken over by exactly one, that of a living one is waited for', async () => {
  const path = join(folder, 'killed')
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  const holder = await identifyProcess(child.pid as number, runner)
  if (holder === undefined) throw new Error('no identity')
  await makeHeld(path, holder)
  const waitedFor: (number | undefined)[] = []
  let [inside, isKilled] = [0, false]
  const onWait = (holder: ProcessIdentity | undefined): void => {
    waitedFor.push(holder?.pid)
    isKilled = child.kill('SIGKILL')
  }
  const enter = () =>
    withLock(path, { runner, onWait }, async () => {
      expect(isKilled).toBe(true)
      expect(++inside).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
    })
  await Promise.all(Array.from({ length: 5 }, enter))
  expect(waitedFor).toContain(child.pid)
})

test('an abort ends the wait', async () => {
  const path = join(folder, 'aborted')
  const controller = new AbortController()
  await withLock(path, { runner }, async () => {
    const waiting = withLock(
      path,
      { runner, signal: controller.signal, onWait: () => controller.abort() },
      async () => 'in',
    )
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

test('who does not want to wait does nothing, whoever holds the lock', async () => {
  const path = join(folder, 'tried')
  const attempt = () => tryLock(path, { runner }, async () => {})
  expect(await attempt()).toBe(true)
  expect(await withLock(path, { runner }, attempt)).toBe(false)
  await rename(join(path, 'free'), join(path, 'held-by-a-later-version'))
  expect(await attempt()).toBe(false)
})

test('H71: the lock of a process of another machine is not taken over; who waits is told for whom and what to do', async () => {
  const path = join(folder, 'elsewhere')
  const holder = { ...(await identifySelf(runner)), machine: 'abc', hostName: 'db1', pid: 2 ** 22 + 1 }
  await makeHeld(path, holder)
  let message = ''
  const waiting = withLock(path, { runner, onWarning: (text) => (message = text) }, async () => 'in')
  await waitUntil(async () => message !== '', { what: 'A warning', timeoutMs: 60_000 })
  expect(message).toMatch(
    /^Waiting for the lock elsewhere, held since \d{4}-.*Z by process 4194305 of db1 \(machine abc\)\./,
  )
  expect(message).toContain(`remove ${path}`)
  // At once: who waits may take it as soon as nobody holds it, and then it is no empty folder any more.
  await rename(path, `${path}-removed`)
  expect(await waiting).toBe('in')
})
