import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { programArguments } from '../../support/programs/program.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { runner } from '../../support/system/runner.ts'

const user = { uid: 54_331, gid: 54_331 }
const another = 54_332
const shared = '/dev/shm'

/** As dsm.c lays it out from 14 on: all of its places are in use. */
function controlSegment(handles: readonly number[]): Buffer {
  const control = Buffer.alloc(16 + handles.length * 40)
  control.writeUInt32LE(0x9a503d32, 0)
  control.writeUInt32LE(handles.length, 4)
  control.writeUInt32LE(handles.length, 8)
  for (const [index, handle] of handles.entries()) {
    control.writeUInt32LE(handle, 16 + index * 40)
    control.writeUInt32LE(2, 16 + index * 40 + 4)
  }
  return control
}

describe.skipIf(process.geteuid?.() !== 0)('what the user of a server that was killed wrote of its memory', () => {
  let folder = ''
  const made: string[] = []

  beforeEach(async () => {
    folder = await makeWorkFolder('shared-memory')
    await mkdir(join(folder, 'pgfork'))
    await Promise.all([folder, join(folder, 'pgfork')].map((path) => chown(path, user.uid, user.gid)))
  })

  afterEach(async () => {
    await Promise.all(made.splice(0).map((name) => rm(join(shared, name), { force: true })))
    await rm(folder, { recursive: true })
  })

  async function segment(content: Buffer, uid = user.uid, handle = randomInt(2 ** 31)): Promise<number> {
    const name = `PostgreSQL.${handle}`
    await writeFile(join(shared, name), content, { mode: 0o600 })
    await chown(join(shared, name), uid, uid)
    made.push(name)
    return handle
  }

  const note = async (handles: readonly number[]): Promise<void> => {
    const path = join(folder, 'pgfork', 'shared-memory')
    await writeFile(path, handles.map((handle) => `PostgreSQL.${handle}`).join('\n'))
    await chown(path, user.uid, user.gid)
  }

  const release = () =>
    runner.run(process.execPath, programArguments('release-segments-program', folder), { user, timeoutMs: 60_000 })

  const left = async (handles: readonly number[]): Promise<number[]> => {
    const names = await readdir(shared)
    return handles.filter((handle) => names.includes(`PostgreSQL.${handle}`))
  }

  test('H145: lists of any length are read, as far as anything of his is there, and nothing of another user goes', async () => {
    const [own, other] = [await segment(Buffer.alloc(8)), await segment(Buffer.alloc(8), another)]
    const full = Array.from({ length: 100_000 }, (_, index) => 2 ** 31 + index)
    const lists: number[] = []
    for (let count = 0; count < 8; count++) lists.push(await segment(controlSegment([...full, own, other])))
    await note([...lists, other])
    await release()
    expect(await left([own, other, ...lists])).toEqual([other])
  })

  test('H145: a list that is longer than that of any server is no list', async () => {
    const own = await segment(Buffer.alloc(8))
    const list = await segment(controlSegment([own, ...Array.from({ length: 200_000 }, (_, index) => 2 ** 31 + index)]))
    await note([list])
    await release()
    expect(await left([own, list])).toEqual([own])
  })

  test('H145: a program of his that shows its memory to nobody, such as ssh-agent, has none of it in use', async () => {
    const listed = await segment(Buffer.alloc(8))
    const list = await segment(controlSegment([listed]))
    await note([list])
    // prctl(PR_SET_DUMPABLE, 0)
    const hide = `syscall(${process.arch === 'x64' ? 157 : 167}, 4, 0, 0, 0, 0) == 0 or die; $| = 1; print "hidden"; <STDIN>`
    const words = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', 'perl', '-e', hide]
    const agent = spawn('setpriv', words, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] })
    const ended = once(agent, 'exit')
    try {
      expect(String(await Promise.race([once(agent.stdout, 'data'), ended]))).toBe('hidden')
      const asUser = runner.run('cat', [`/proc/${agent.pid}/maps`], { user })
      await expect(asUser).rejects.toThrow(/Permission denied/)
      await release()
      expect(await left([listed, list])).toEqual([])
    } finally {
      agent.kill('SIGKILL')
      await ended
    }
  })

  test('H145: what a list names goes before the list', async () => {
    const listed = await segment(Buffer.alloc(8))
    const list = await segment(controlSegment([listed]), user.uid, 1)
    await note([list])
    const trace = join(folder, 'trace')
    await writeFile(trace, '')
    await chown(trace, user.uid, user.gid)
    const words = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
    const program = programArguments('release-segments-program', folder)
    const traced = ['strace', '-f', '-o', trace, '-e', 'trace=unlinkat', process.execPath, ...program]
    await runner.run('setpriv', [...words, ...traced], { timeoutMs: 60_000 })
    const { stdout } = await runner.run('grep', ['-o', 'PostgreSQL[.][0-9]*', trace])
    expect(stdout.trim().split('\n')).toEqual([`PostgreSQL.${listed}`, `PostgreSQL.${list}`])
  })
})
