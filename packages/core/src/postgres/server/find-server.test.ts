import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { createRunner } from '../../command/execa-runner.ts'
import { isOnLocalFileSystem } from '../../files/is-local.ts'
import { lostProcess } from '../../process/process-identity.ts'
import { isFirstPidNamespace } from '../../process/process-scope.ts'
import { findServer } from './find-server.ts'

const runner = createRunner()
/** Root's servers are another user's. */
const user = process.geteuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined
const owned = user ?? {}
let directory: string
/** Where some processes may be out of sight, nothing is proven by the sight of them. */
let ended: 'none' | 'hidden'

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pgfork-test-find-server-'))
  await chmod(directory, 0o755)
  if (user !== undefined) await chown(directory, user.uid, user.gid)
  ended = isFirstPidNamespace() && isOnLocalFileSystem(directory) ? 'none' : 'hidden'
})
afterAll(() => rm(directory, { recursive: true }))
beforeEach(() => rm(join(directory, 'postmaster.pid'), { force: true }))

async function writeLockFile(pid: number): Promise<void> {
  const path = join(directory, 'postmaster.pid')
  const seconds = Math.floor(Date.now() / 1_000) - 86_400
  await writeFile(path, `${pid}\n${directory}\n${seconds}\n5432\n/tmp\n\n  1 2\nready\n`)
  if (user !== undefined) await chown(path, user.uid, user.gid)
}

async function startProgram(name: string, cwd: string): Promise<number> {
  const programs = await mkdtemp(join(directory, 'programs-'))
  await chmod(programs, 0o755)
  const file = join(programs, name)
  await copyFile('/bin/sleep', file)
  await chmod(file, 0o755)
  const child = spawn(file, ['60'], { cwd, ...owned })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  return child.pid as number
}

test('no lock file, no server; one without content leaves it open', async () => {
  expect(await findServer(directory, runner)).toEqual({ status: 'none' })
  await writeFile(join(directory, 'postmaster.pid'), '')
  if (user !== undefined) await chown(join(directory, 'postmaster.pid'), user.uid, user.gid)
  expect(await findServer(directory, runner)).toMatchObject({ status: 'hidden' })
})

test('H58: a server is known by the directory that it works in, and not by its pid', async () => {
  const pid = await startProgram('postgres', directory)
  await writeLockFile(pid)
  expect(await findServer(directory, runner)).toMatchObject({ status: 'running', identity: { pid } })
})

test.each([
  ['a server of another directory', 'postgres', '/'],
  ['a shell in the directory', 'shell', undefined],
])('H58: %s is not it, whatever pid it has', async (_, name, cwd) => {
  const pid = await startProgram(name, cwd ?? directory)
  await writeLockFile(pid)
  expect(await findServer(directory, runner)).toMatchObject({ status: ended })
})

test('H71: processes that are just ending are no reason for doubt, 200 times', async () => {
  await writeLockFile(lostProcess().pid)
  let isOver = false
  const come = async (): Promise<void> => {
    while (!isOver) await once(spawn('true', [], { cwd: '/', ...owned }), 'exit')
  }
  const coming = Array.from({ length: 40 }, come)
  const found: string[] = []
  for (let look = 0; look < 200; look++) found.push((await findServer(directory, runner)).status)
  isOver = true
  await Promise.all(coming)
  expect(new Set(found)).toEqual(new Set([ended]))
})
