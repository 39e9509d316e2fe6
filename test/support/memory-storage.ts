import { mkdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MemoryDriver, type MemoryDriverOptions, MemoryStorage } from '@pgfork/driver-testkit'
import { makeWorkFolder } from './system/make-work-folder.ts'

/** A storage in memory with volumes that are folders; all of it goes when it is disposed of. */
export interface TestMemoryStorage extends AsyncDisposable {
  readonly storage: MemoryStorage
  readonly folder: string
  /** A driver that has recorded its verbs, as `snapshot one`. */
  driver(options?: MemoryDriverOptions): MemoryDriver & { readonly verbs: readonly string[] }
  /** Makes a volume, and returns its path. */
  volume(name: string, pool?: string): Promise<string>
}

export async function createMemoryStorage(options: { readonly totalBytes?: number } = {}): Promise<TestMemoryStorage> {
  const folder = await realpath(await makeWorkFolder('memory'))
  const storage = new MemoryStorage(folder, options)
  return {
    storage,
    folder,
    driver(options = {}) {
      const verbs: string[] = []
      const driver = new MemoryDriver(storage, {
        ...options,
        before: (verb, about) => {
          verbs.push(`${verb} ${about}`)
          options.before?.(verb, about)
        },
      })
      return Object.assign(driver, { verbs })
    },
    async volume(name, pool = 'pool') {
      const root = join(folder, name)
      await mkdir(root, { recursive: true })
      storage.addVolume({ root, pool })
      return root
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
