import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Directory } from '../../files/directory.ts'
import { waitUntilReady } from './wait-until-ready.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pgfork-test-wait-until-ready-'))
})
afterAll(() => rm(directory, { recursive: true }))

const lockFile = (status: string): string => [process.pid, directory, 1, 5432, '', '', '', status, ''].join('\n')

test.runIf(process.platform === 'linux')(
  'the lock file is watched as long as it is waited for, and no longer',
  async () => {
    const before = await countWatches()
    const watches: number[] = []
    await writeFile(join(directory, 'postmaster.pid'), lockFile('starting'))
    using held = Directory.open(directory)
    const server = {
      pidOf: () => process.pid,
      async check() {
        watches.push(await countWatches())
        if (watches.length === 3) await writeFile(join(directory, 'postmaster.pid'), lockFile('ready'))
      },
    }
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
    const ready = await waitUntilReady(server, held, { owner, promotes: false, timeoutMs: 10_000 })
    expect(ready.status).toBe('ready')
    expect(watches).toEqual([before + 1, before + 1, before + 1])
    expect(await countWatches()).toBe(before)
  },
)

/** How many inotify watches this process has (`/proc/self/fdinfo`, proc(5)). */
async function countWatches(): Promise<number> {
  const descriptors = await readdir('/proc/self/fdinfo')
  const told = await Promise.all(
    descriptors.map((name) => readFile(join('/proc/self/fdinfo', name), 'utf8').catch(() => '')),
  )
  return told.join('\n').match(/^inotify wd:/gm)?.length ?? 0
}
