import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { driverSuite } from '../driver-suite.ts'
import { MemoryDriver } from './memory-driver.ts'
import { MemoryStorage } from './memory-storage.ts'

let folder: string
let storage: MemoryStorage
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'pgfork-memory-')))
  await chmod(folder, 0o711)
  storage = new MemoryStorage(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The second time only with what is different then. */
for (const like of ['a folder', 'a mount that needs its snapshot']) {
  const isMount = like !== 'a folder'
  driverSuite({
    runner: {
      describe: (name, body) => describe(`${name}, a clone being like ${like}`, body),
      test(name, body, timeoutMs) {
        if (!isMount || /H56|BUSY/.test(name)) test(name, { timeout: timeoutMs }, body)
      },
    },
    createDriver: (options) =>
      new MemoryDriver(storage, { ...options, clonesAreMounted: isMount, facts: { clonePinsSnapshot: isMount } }),
    createVolume: async () => {
      const path = await mkdtemp(join(folder, 'volume-'))
      await chmod(path, 0o755)
      await mkdir(join(path, 'data'))
      storage.addVolume({ root: path, pool: path })
      return { path: join(path, 'data'), [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
    },
    rounds: 2,
    semantics: { atomicity: 'none', clonePinsSnapshot: isMount, copyOnWrite: false, clonesAreMounted: isMount },
  })
}
