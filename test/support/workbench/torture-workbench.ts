import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { collectGarbage } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect } from 'vitest'
import { type Cluster, createCluster } from '../cluster/index.ts'
import { expectNoLeaks, type SystemSnapshot, snapshotSystem } from '../leaks/index.ts'
import { type BtrfsStorage, createBtrfs } from '../storage/index.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'

/** A source with data on a Btrfs, and somebody else's subvolume in the folder of our forks. */
export interface TortureWorkbench extends AsyncDisposable {
  readonly storage: BtrfsStorage
  readonly source: Cluster
  /** For the tests' state directories. */
  readonly folder: string
  makeStateDirectory(name: string): Promise<string>
  /** Collects in the name of a process that had nothing to do with it, and finds neither record nor claim afterwards. */
  expectCollectable(stateDirectory: string): Promise<void>
  /** Nothing is left, the source never noticed, and what isn't ours is there. */
  expectUntouched(): Promise<void>
}

interface TortureOptions {
  readonly sizeMb?: number
}

export async function createTortureWorkbench(options: TortureOptions = {}): Promise<TortureWorkbench> {
  const folder = await makeWorkFolder('torture')
  // What the library puts into the temporary folder can be told from what other tests have there.
  const temporary = process.env.TMPDIR
  process.env.TMPDIR = folder
  const putBack = (): void => {
    if (temporary === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = temporary
  }
  try {
    return await openIn(folder, putBack, options)
  } catch (error) {
    putBack()
    throw error
  }
}

async function openIn(
  folder: string,
  putBack: () => void,
  { sizeMb = 3072 }: TortureOptions,
): Promise<TortureWorkbench> {
  const storage = await createBtrfs({ sizeMb })
  const source = await createCluster({
    directory: await storage.createSubvolume('main'),
    settings: { shared_buffers: '16MB' },
  })
  await source.query('CREATE TABLE torture AS SELECT id, md5(id::text) AS text FROM generate_series(1, 1000) id')
  for (const name of ['.pgfork', '.pgfork/clones']) {
    await mkdir(join(storage.path, name))
    await chmod(join(storage.path, name), 0o711)
  }
  await storage.createSubvolume('.pgfork/clones/foreign')
  const facts = () =>
    source.query(`SELECT count(*), md5(string_agg(text, ',' ORDER BY id)), pg_postmaster_start_time() FROM torture`)
  const [factsBefore, filesBefore] = [await facts(), await ownFiles(source.dataDirectory)]
  // Programs run by tsx keep what they compiled in the temporary folder.
  const compiled = join(folder, `tsx-${process.getuid?.()}`)
  const scope = { folders: [storage.path, folder], exceptFilesIn: [source.dataDirectory, compiled] }
  const before: SystemSnapshot = await snapshotSystem(scope)

  return {
    storage,
    source,
    folder,
    async makeStateDirectory(name) {
      const path = join(folder, name)
      await mkdir(path, { mode: 0o700 })
      return path
    },
    async expectCollectable(stateDirectory) {
      const collected = await collectGarbage({ driver: btrfs(), stateDirectory })
      expect(collected.filter(({ isRemoved }) => !isRemoved)).toEqual([])
      const files = await readdir(stateDirectory, { recursive: true, withFileTypes: true })
      const left = files.filter((file) => !file.isDirectory()).map((file) => join(file.parentPath, file.name))
      // Its identity, a lock that nobody holds, and records and locks that somebody was writing: another process might be about it still.
      const mayStay = /\/identity$|\/locks\/garbage\/free$|\/locks\/names\/|\.[0-9a-f]{12}\.tmp$/
      expect(left.filter((path) => !mayStay.test(path))).toEqual([])
      await rm(stateDirectory, { recursive: true })
    },
    async expectUntouched() {
      // Other tests that run at the same time crash servers, and start them again a while later.
      await expectNoLeaks(before, { timeoutMs: 60_000 })
      expect(await facts()).toEqual(factsBefore)
      expect(await ownFiles(source.dataDirectory)).toEqual(filesBefore)
    },
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]()
      await storage[Symbol.asyncDispose]()
      putBack()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What no server changes by itself. */
const ownFiles = async (dataDirectory: string): Promise<string[]> => (await readdir(dataDirectory)).sort()
