import { randomInt } from 'node:crypto'
import { chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startAs } from '../../support/attacker/index.ts'
import { controlSegment } from '../../support/files/control-segment.ts'
import { programArguments } from '../../support/programs/program.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { runner } from '../../support/system/runner.ts'

const user = { uid: 54_331, gid: 54_331 }
const another = 54_332
const shared = '/dev/shm'

/** All of its places are in use. */
const listOf = (handles: readonly number[]): Buffer =>
  controlSegment(
    40,
    handles.map((handle) => ({ handle, references: 2 })),
    handles.length,
  )

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
    for (let count = 0; count < 8; count++) lists.push(await segment(listOf([...full, own, other])))
    await note([...lists, other])
    await release()
    expect(await left([own, other, ...lists])).toEqual([other])
  })

  test('H145: a list that is longer than that of any server is no list', async () => {
    const own = await segment(Buffer.alloc(8))
    const list = await segment(listOf([own, ...Array.from({ length: 200_000 }, (_, index) => 2 ** 31 + index)]))
    await note([list])
    await release()
    expect(await left([own, list])).toEqual([own])
  })

  test('H145: a program of his that shows its memory to nobody, such as ssh-agent, has none of it in use', async () => {
    const listed = await segment(Buffer.alloc(8))
    const list = await segment(listOf([listed]))
    await note([list])
    // prctl(PR_SET_DUMPABLE, 0)
    const hide = `syscall(${process.arch === 'x64' ? 157 : 167}, 4, 0, 0, 0, 0) == 0 or die; $| = 1; print "hidden"; <STDIN>`
    const agent = await startAs(user, ['perl', '-e', hide])
    try {
      expect(agent.lines()).toEqual(['hidden'])
      await expect(runner.run('cat', [`/proc/${agent.pid}/maps`], { user })).rejects.toThrow(/Permission denied/)
      await release()
      expect(await left([listed, list])).toEqual([])
    } finally {
      agent.kill('SIGKILL')
      await agent.ended
    }
  })

  test('H145: what a list names goes before the list', async () => {
    const listed = await segment(Buffer.alloc(8))
    const list = await segment(listOf([listed]), user.uid, 1)
    await note([list])
    const trace = join(folder, 'trace')
    await writeFile(trace, '')
    await chown(trace, user.uid, user.gid)
    const program = [process.execPath, ...programArguments('release-segments-program', folder)]
    const options = { user, timeoutMs: 60_000 }
    await runner.run('strace', ['-f', '-o', trace, '-e', 'trace=unlinkat', ...program], options)
    const { stdout } = await runner.run('grep', ['-o', 'PostgreSQL[.][0-9]*', trace])
    expect(stdout.trim().split('\n')).toEqual([`PostgreSQL.${listed}`, `PostgreSQL.${list}`])
  })
})
