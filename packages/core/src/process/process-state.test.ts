import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { createRunner } from '../command/execa-runner.ts'
import { identifyProcess, identifySelf, lostProcess, type ProcessIdentity } from './process-identity.ts'
import { readBootTime } from './process-scope.ts'
import { processState } from './process-state.ts'

const runner = createRunner()

async function startChild(): Promise<{ child: ChildProcess; identity: ProcessIdentity }> {
  const child = spawn('sleep', ['60'])
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  const identity = await identifyProcess(child.pid as number, runner)
  if (identity === undefined) throw new Error('no identity')
  return { child, identity }
}

test('H58: a process is itself while it runs, and nobody after', async () => {
  const { child, identity } = await startChild()
  expect(await processState(identity, runner)).toBe('running')
  expect(await processState({ ...identity, start: String(Number(identity.start) + 1) }, runner)).toBe('ended')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await processState(identity, runner)).toBe('ended')
  expect(await processState(lostProcess(), runner)).toBe('ended')
})

test('H71: of a process of another machine nothing is known, whether its pid is taken here or not', async () => {
  const self = { ...(await identifySelf(runner)), machine: 'other' }
  expect(await processState(self, runner)).toBe('unknown')
  expect(await processState({ ...self, pid: lostProcess().pid }, runner)).toBe('unknown')
  expect(await processState({ ...self, boot: 'other' }, runner)).toBe('unknown')
})

test('H71: another boot of this machine ends a process that began before the kernel did, and no other one', async () => {
  const self = { ...(await identifySelf(runner)), boot: 'other' }
  const bootTime = readBootTime() ?? Number.NaN
  const before = { ...self, startedAt: new Date(bootTime - 10_000).toISOString() }
  expect(await processState(before, runner)).toBe('ended')
  // A clone of the machine has its id, and mostly another name.
  expect(await processState({ ...before, hostName: 'other' }, runner)).toBe('unknown')
  // The boot's id can be a container's own invention: this process runs.
  expect(await processState(self, runner)).toBe('unknown')
})

test('H71: of a process of another PID namespace its pid says nothing; the sight of all processes does', async () => {
  const { identity } = await startChild()
  const elsewhere = { ...identity, pidNamespace: '1' }
  // Tests run in the first namespace of their machine, or see nothing of others.
  const unseen = identity.pidNamespace === '4026531836' ? 'ended' : 'unknown'
  expect(await processState(elsewhere, runner)).toBe(unseen)
  expect(await processState({ ...elsewhere, machine: 'other' }, runner)).toBe('unknown')
})
