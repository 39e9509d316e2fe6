import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRunner } from '../command/execa-runner.ts'
import { identifyProcess, identifySelf, isSameProcess, lostProcess } from './process-identity.ts'

const runner = createRunner()

test('a process is told from every other one, and when it began', async () => {
  const before = Date.now()
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  const [identity, self] = [await identifyProcess(child.pid as number, runner), await identifySelf(runner)]
  const after = Date.now()
  child.kill('SIGKILL')
  if (identity === undefined) throw new Error('no identity')
  expect(isSameProcess(self, identity)).toBe(false)
  expect(isSameProcess(self, JSON.parse(JSON.stringify(self)))).toBe(true)
  for (const field of ['machine', 'boot', 'pidNamespace', 'start'] as const)
    expect(isSameProcess(self, { ...self, [field]: 'other' })).toBe(false)
  // The kernel counts hundredths of seconds from a boot whose second it tells.
  expect(Date.parse(identity.startedAt)).toBeGreaterThan(before - 2_000)
  expect(Date.parse(identity.startedAt)).toBeLessThan(after + 2_000)
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
    const ticks = identities.map((identity) => Number(identity?.start))
    expect(Math.abs((ticks[0] ?? 0) - (ticks[1] ?? 0))).toBeLessThan(1_000)
  } finally {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true })
  }
})

test('there is no process', async () => {
  expect(await identifyProcess(lostProcess().pid, runner)).toBeUndefined()
})
