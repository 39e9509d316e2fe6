import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { container } from '@pgfork/containers'
import { expect, test } from 'vitest'
import { startEngine, startSource } from '../support/engine/index.ts'
import { query } from '../support/query.ts'
import { makeWorkFolder } from '../support/system/make-work-folder.ts'
import { describeInGuest, type GuestStorage } from '../support/workbench/guest-workbench.ts'
import { makeStateDirectory } from '../support/workbench/make-state-directory.ts'

/** A server in a container whose data lie on such storage, by a bind mount. */
export async function containerScenarios(title: string, storage: GuestStorage): Promise<void> {
  await describeInGuest(`${title}, containers`, storage, (bench) => {
    test('a source in a container is forked in its image, reset, stopped and started', async () => {
      await using volume = await storage.createVolume()
      const folder = join(volume.path, 'data')
      await mkdir(folder)
      // Images lie anywhere.
      await using images = await makeOwnFolder()
      await using engine = await startEngine(images.path)
      const source = await startSource(engine, {
        name: 'db',
        words: ['--volume', `${folder}:/var/lib/postgresql/data`],
      })
      await source.query('CREATE TABLE mine AS SELECT 1 AS one')
      await using state = await makeStateDirectory()
      const options = { stateDirectory: state.path, resettable: true, lifetime: 'persistent' } as const
      const fork = await bench.fork({ ...options, source: container('db') })
      expect(fork.verification).toMatchObject({ consistency: 'atomic' })
      expect(await query(fork, 'DELETE FROM mine RETURNING one')).toEqual([{ one: 1 }])
      await fork.stop()
      await fork.start()
      expect(await query(fork, 'SELECT one FROM mine')).toEqual([])
      await fork.reset()
      expect(await query(fork, 'SELECT one FROM mine')).toEqual([{ one: 1 }])
      expect(await source.query('SELECT one FROM mine')).toEqual([{ one: 1 }])
      const label = 'label=pgfork.data-directory'
      expect(await engine.docker('ps', '--no-trunc', '--format', '{{.Image}}', '--filter', label)).toMatch(/^sha256:/)
      await fork.destroy()
      expect(await engine.docker('ps', '--all', '--quiet', '--filter', label)).toBe('')
      await bench.expectNothingLeft(volume.path)
    })
  })
}

async function makeOwnFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await makeWorkFolder('guest-engine')
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
