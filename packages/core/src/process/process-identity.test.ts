import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRunner } from '../command/execa-runner.ts'
import { hasEnded, identifyProcess, identifySelf, isAlive, workingDirectory } from './process-identity.ts'

const runner = createRunner()

test('a process is itself while it runs, and nobody after', async () => {
  const child = spawn('sleep', ['60'], { cwd: '/' })
  await once(child, 'spawn')
  const identity = await identifyProcess(child.pid as number, runner)
  if (identity === undefined) throw new Error('no identity')
  expect(await isAlive(identity, runner)).toBe(true)
  expect(await hasEnded(identity, runner)).toBe(false)
  expect(await workingDirectory(identity.pid)).toBe('/')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await isAlive(identity, runner)).toBe(false)
  expect(await hasEnded(identity, runner)).toBe(true)
})

test('H58: another process of the same pid is not it', async () => {
  const { pid, startedAt } = await identifySelf(runner)
  const [boot, ticks, space] = startedAt.split(':')
  const later = { pid, startedAt: `${boot}:${Number(ticks) + 1}:${space}` }
  expect(await isAlive(later, runner)).toBe(false)
  expect(await hasEnded(later, runner)).toBe(true)
})

test('of a process of another pid namespace nothing is known; one of another boot has ended', async () => {
  const { pid, startedAt } = await identifySelf(runner)
  const [boot, ticks] = startedAt.split(':')
  expect(await hasEnded({ pid, startedAt: `${boot}:${ticks}:1` }, runner)).toBe(false)
  expect(await hasEnded({ pid, startedAt: `other:${ticks}:1` }, runner)).toBe(true)
})

test('a command with blanks, parentheses and newlines in its name is told from its numbers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pgfork-test-identity-'))
  const file = join(folder, 'a) R 1 (\n2')
  await copyFile('/bin/sleep', file)
  const child = spawn(file, ['60'], { argv0: 'sleep' })
  await once(child, 'spawn')
  try {
    const plain = spawn('sleep', ['60'])
    await once(plain, 'spawn')
    const identities = await Promise.all([child, plain].map(({ pid }) => identifyProcess(pid as number, runner)))
    plain.kill('SIGKILL')
    const ticks = identities.map((identity) => Number(identity?.startedAt.split(':')[1]))
    expect(Math.abs((ticks[0] ?? 0) - (ticks[1] ?? 0))).toBeLessThan(1_000)
  } finally {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true })
  }
})

test('there is no process', async () => {
  expect(await identifyProcess(2 ** 22 + 1, runner)).toBeUndefined()
  expect(await workingDirectory(2 ** 22 + 1)).toBeUndefined()
})
