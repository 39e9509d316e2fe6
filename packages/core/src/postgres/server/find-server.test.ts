import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createRunner } from '../../command/execa-runner.ts'
import { isOnLocalFileSystem } from '../../files/is-local.ts'
import { readStat } from '../../process/proc.ts'
import { identifyProcess, lostProcess } from '../../process/process-identity.ts'
import { isFirstPidNamespace } from '../../process/process-scope.ts'
import { findServer } from './find-server.ts'
import { localLauncher } from './local-launcher.ts'

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

async function writeLockFile(pid: number, startedAt = Date.now() - 86_400_000): Promise<void> {
  const path = join(directory, 'postmaster.pid')
  const seconds = Math.floor(startedAt / 1_000)
  await writeFile(path, `${pid}\n${directory}\n${seconds}\n5432\n/tmp\n\n  1 2\nready\n`)
  if (user !== undefined) await chown(path, user.uid, user.gid)
}

async function startProgram(name: string, cwd: string, as: typeof owned = owned): Promise<number> {
  const programs = await mkdtemp(join(directory, 'programs-'))
  await chmod(programs, 0o755)
  const file = join(programs, name)
  await copyFile('/bin/sleep', file)
  await chmod(file, 0o755)
  const child = spawn(file, ['60'], { cwd, ...as })
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

describe.runIf(user !== undefined)("H70: root's process that works in the directory of another user's server", () => {
  const program = `process.seteuid(${user?.uid}); console.log(process.pid); setTimeout(() => {}, 3_600_000)`
  const asHim = async (): Promise<number> => {
    const child = spawn(process.execPath, ['-e', program], { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [pid] = await once(child.stdout, 'data')
    return Number(pid)
  }

  test.each<[string, () => Promise<number>]>([
    ['his shell', () => startProgram('sh', directory, {})],
    ['one that is called as the server is', () => startProgram('postgres', directory, {})],
    ['one that has his rights for a while', asHim],
  ])('%s is not signalled, whatever the lock file says', async (_, start) => {
    const pid = await start()
    await writeLockFile(pid, Date.now())
    expect(await findServer(directory, runner)).toMatchObject({ status: ended })
    const { stop } = localLauncher(runner)
    const server = { dataDirectory: directory, socketDirectory: join(directory, 'none') }
    await stop({
      server,
      owner: user ?? { uid: 0, gid: 0 },
      mode: 'immediate',
      timeoutMs: 1_000,
      isGoneElsewhere: true,
    })
    expect(readStat(pid)).toMatchObject({ isZombie: false })
  })
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
}, 300_000)

test('a server that was killed does not run any more, 100 times', async () => {
  const found: string[] = []
  for (let round = 0; round < 100; round++) {
    const pid = await startProgram('postgres', directory)
    await writeLockFile(pid, Date.now())
    const started = await identifyProcess(pid, runner)
    process.kill(pid, 'SIGKILL')
    found.push((await findServer(directory, runner, { socketDirectory: directory, process: started })).status)
  }
  expect(new Set(found)).toEqual(new Set(['none']))
}, 300_000)
