import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { afterEach, expect, test } from 'vitest'
import { isRoot, nobody } from '../../../../test/support/attacker/index.ts'
import { waitUntil } from '../../../../test/support/wait-until.ts'
import { listDaemons, program } from './qemu-daemons.ts'

const started: ChildProcess[] = []
afterEach(async () => {
  for (const child of started.splice(0)) {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
})

/** A process with the words of a daemon. */
async function pretend(image: string, user: { readonly uid?: number; readonly gid?: number } = {}): Promise<number> {
  const blockdev = JSON.stringify({ driver: 'rbd', pool: 'rbd', image })
  const fuse = JSON.stringify({ mountpoint: `/nowhere/${image}` })
  const words = ['-c', 'read x', '--blockdev', blockdev, '--export', fuse]
  const child = spawn('sh', words, { argv0: program, stdio: ['pipe', 'ignore', 'ignore'], ...user })
  started.push(child)
  const pid = child.pid as number
  await waitUntil(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(program), {
    timeoutMs: 10_000,
    what: 'a process',
  })
  return pid
}

test.skipIf(process.platform !== 'linux')('a daemon is known by its words', async () => {
  const pid = await pretend('db-a')
  expect(await listDaemons()).toContainEqual({
    ...{ pid, file: '/nowhere/db-a' },
    place: { pool: 'rbd', namespace: '', image: 'db-a' },
  })
})

test.skipIf(!isRoot)("H125: another user's process with a daemon's words is none", async () => {
  const pid = await pretend('db-a', nobody)
  expect((await listDaemons()).filter((daemon) => daemon.pid === pid)).toEqual([])
})
