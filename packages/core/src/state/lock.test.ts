import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRunner } from '../command/execa-runner.ts'
import { identifyProcess } from '../process/process-identity.ts'
import { withLock } from './lock.ts'

const runner = createRunner()
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgfork-test-lock-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('only one caller at a time is inside', async () => {
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
})

test('an action that throws gives the lock back', async () => {
  const path = join(folder, 'thrown')
  await expect(withLock(path, { runner }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLock(path, { runner }, async () => 'in')).toBe('in')
})

test('H58: the lock of a process that was killed is taken over by exactly one, that of a living one is waited for', async () => {
  const path = join(folder, 'killed')
  await withLock(path, { runner }, async () => {})
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  const identity = await identifyProcess(child.pid as number, runner)
  await rm(join(path, 'free'))
  await writeFile(join(path, `${identity?.pid},${encodeURIComponent(identity?.startedAt ?? '')}`), '')
  let waitedFor: number | undefined
  let inside = 0
  const entered = Array.from({ length: 5 }, () =>
    withLock(
      path,
      {
        runner,
        onWait: ({ pid }) => {
          if (pid === child.pid) waitedFor = pid
          child.kill('SIGKILL')
        },
      },
      async () => {
        expect(child.signalCode).toBe('SIGKILL')
        expect(++inside).toBe(1)
        await new Promise((resolve) => setImmediate(resolve))
        inside--
      },
    ),
  )
  await Promise.all(entered)
  expect(waitedFor).toBe(child.pid)
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
