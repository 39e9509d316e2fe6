import { existsSync, readdirSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { runner } from '../../../test/support/system/runner.ts'
import { copy } from './index.ts'
import { createContext, storages, type TestTree, takeSnapshot } from './test-fixture.ts'

const many = 400

/** Without the file that has a hole, for which bytes are copied by another command. */
async function fill({ data }: TestTree): Promise<void> {
  await rm(join(data, 'base', '5', 'sparse'))
  for (let index = 0; index < many; index++) await writeFile(join(data, 'base', '5', `many-${index}`), 'x'.repeat(9000))
}

for (const { name, create, obstacle } of storages)
  describe.skipIf(obstacle !== undefined)(`files that are copied later, on ${name}`, () => {
    test('are all there when the clone is finished; all else was there before', async () => {
      await using tree = await create()
      await fill(tree)
      const [driver, context] = [copy(), createContext()]
      const volume = await driver.locate(tree.data, context)
      const snapshot = await takeSnapshot(driver, volume, 's', context)
      const clone = { volume, name: 'c' }
      await driver.clone({ ...clone, snapshot, later: 'base' }, context)
      const files = await driver.attach(clone, context)
      expect(readdirSync(join(files, 'base', '5')).length).toBeLessThan(many)
      const others = ['-r', '--no-dereference', '-x', 'base', '-x', '.s.PGSQL.5432', '-x', 'pipe']
      await runner.run('diff', [...others, tree.data, files])
      // As the slots of a source are.
      await rm(join(files, 'pg_wal', 'archive_status'), { recursive: true })
      await driver.finishClone?.(clone, context)
      await runner.run('diff', ['-r', '--no-dereference', join(tree.data, 'base'), join(files, 'base')])
      // As often as one likes, and for a clone that was whole at once.
      await driver.finishClone?.(clone, context)
      await driver.removeClone(clone, context)
      await driver.removeSnapshot(snapshot, context)
      expect(await driver.list(volume, context)).toEqual([])
    })

    test('H17: come before those by which the rest is taken for whole', async () => {
      await using tree = await create()
      await fill(tree)
      const databases = ['5', '16384', '16385'].map((oid) => join('base', oid))
      for (const database of databases) {
        await mkdir(join(tree.data, database), { recursive: true })
        await writeFile(join(tree.data, database, 'PG_VERSION'), '15\n')
        await writeFile(join(tree.data, database, 'pg_filenode.map'), 'map')
      }
      const all = readdirSync(join(tree.data, 'base'), { recursive: true }).length
      const [driver, context] = [copy(), createContext()]
      const volume = await driver.locate(tree.data, context)
      const snapshot = await takeSnapshot(driver, volume, 's', context)
      const clone = { volume, name: 'c' }
      await driver.clone({ ...clone, snapshot, later: 'base', last: 'PG_VERSION' }, context)
      const files = await driver.attach(clone, context)
      const isWhole = (database: string) => existsSync(join(files, database, 'PG_VERSION'))
      let [isOver, looks] = [false, 0]
      const finished = driver.finishClone?.(clone, context).finally(() => {
        isOver = true
      })
      for (; !isOver; looks++) {
        if (databases.some(isWhole))
          expect(readdirSync(join(files, 'base'), { recursive: true }).length).toBeGreaterThan(all - databases.length)
        await setImmediate()
      }
      await finished
      expect(databases.every(isWhole)).toBe(true)
      expect(looks).toBeGreaterThan(1)
      await driver.removeClone(clone, context)
      await driver.removeSnapshot(snapshot, context)
    })

    test('come no more when the clone is removed, or its making aborted', async () => {
      await using tree = await create()
      await fill(tree)
      const [driver, context] = [copy(), createContext()]
      const volume = await driver.locate(tree.data, context)
      const snapshot = await takeSnapshot(driver, volume, 's', context)
      const clone = { volume, name: 'c' }
      await driver.clone({ ...clone, snapshot, later: 'base' }, context)
      await driver.removeClone(clone, context)
      const controller = new AbortController()
      const aborted = createContext(controller.signal)
      await driver.clone({ ...clone, snapshot, later: 'base' }, aborted)
      controller.abort()
      await expect(driver.finishClone?.(clone, aborted)).rejects.toMatchObject({ code: 'ABORTED' })
      await driver.removeClone(clone, context)
      await driver.removeSnapshot(snapshot, context)
      expect(await driver.list(volume, context)).toEqual([])
    })
  })
