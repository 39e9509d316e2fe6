import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { container } from '@pgfork/containers'
import { createFork, listForks, openFork } from '@pgfork/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SourceContainer, startEngine, startSource, type TestEngine } from '../support/engine/index.ts'
import { query } from '../support/query.ts'
import { CleanupStack } from '../support/workbench/cleanup-stack.ts'
import type { GuestStorage } from '../support/workbench/guest-workbench.ts'
import { makeStateDirectory } from '../support/workbench/make-state-directory.ts'

/** A volume of a storage below a container's data directory. @param words for the engine, whose own files lie on the storage, too */
export function containerScenarios(title: string, storage: GuestStorage, words: readonly string[]): void {
  describe(`containers whose volumes lie on ${title}`, () => {
    const cleanUps = new CleanupStack()
    let engine: TestEngine
    let source: SourceContainer
    let stateDirectory: string

    beforeAll(async () => {
      const place = cleanUps.use(await storage.createVolume())
      engine = cleanUps.use(await startEngine(place.path, { words }))
      const data = cleanUps.use(await storage.createVolume())
      const folder = join(data.path, 'data')
      await mkdir(folder)
      stateDirectory = cleanUps.use(await makeStateDirectory()).path
      source = await startSource(engine, { name: 'db', words: ['--volume', `${folder}:/var/lib/postgresql/data`] })
      cleanUps.defer(async () => void (await engine.docker('rm', '--force', '--volumes', 'db')))
      await source.query('create table mine as select 1 as one')
    })
    afterAll(() => cleanUps.run())

    test('a fork in a container is made of one instant, reset, stopped, started and removed', async () => {
      const options = { driver: storage.driver, stateDirectory }
      const made = await createFork({ ...options, source: container('db'), name: 'staging', lifetime: 'persistent' })
      expect(made.verification).toMatchObject({ consistency: 'atomic', warnings: [] })
      expect(await query(made, 'delete from mine returning one')).toEqual([{ one: 1 }])
      expect(await source.query('select one from mine')).toEqual([{ one: 1 }])
      const fork = await openFork('staging', options)
      await fork.reset()
      expect(await query(fork, 'select one from mine')).toEqual([{ one: 1 }])
      await fork.stop()
      await fork.start()
      expect(await query(fork, 'select one from mine')).toEqual([{ one: 1 }])
      await fork.destroy()
      expect(await listForks(options)).toEqual([])
      expect(await engine.docker('ps', '--all', '--quiet', '--filter', 'label=pgfork.data-directory')).toBe('')
    })
  })
}
