import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findMount } from '@pgfork/core/driver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createContext,
  dataFile,
  fillVolume,
  makeClone,
  makePair,
  postgres,
  takeSnapshot,
} from '../../../test/support/driver-fixture/index.ts'
import { createExt4, type TestStorage, whyNoLoopMounts } from '../../../test/support/storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { overlay } from './index.ts'

const obstacle = await whyNoLoopMounts('ext4')

describe.skipIf(obstacle !== undefined)(`mounts${obstacle ? ` (skipped: ${obstacle})` : ''}`, () => {
  const [lasting, volatile] = [overlay({ busyTimeoutMs: 300 }), overlay({ busyTimeoutMs: 300, volatile: true })]
  let storage: TestStorage
  let data: string
  beforeAll(async () => {
    storage = await createExt4({ sizeMb: 128 })
    await fillVolume(storage.path)
    data = storage.path
  })
  afterAll(() => storage?.[Symbol.asyncDispose]())

  test('many clones lie on one snapshot, which is kept while one of them does', async () => {
    const context = createContext()
    const volume = await lasting.locate(join(data, 'main'), context)
    const snapshot = await takeSnapshot(lasting, volume, 'shared', context)
    const clones = await Promise.all(['a', 'b', 'c'].map((name) => makeClone(lasting, snapshot, name, context)))
    for (const { path, name } of clones) await writeFile(join(path, 'base', '5', '1259'), name)
    for (const { path, name } of clones) expect(await readFile(join(path, 'base', '5', '1259'), 'utf8')).toBe(name)
    expect(await readFile(dataFile(data), 'utf8')).toBe('committed')
    await expect(lasting.removeSnapshot(snapshot, context)).rejects.toMatchObject({
      code: 'BUSY',
      message: expect.stringMatching(/the clone [abc] lies on it/),
    })
    for (const clone of clones) await lasting.removeClone(clone, context)
    await lasting.removeSnapshot(snapshot, context)
    expect(await lasting.list(volume, context)).toEqual([])
  })

  test('what was written is there after somebody unmounted it, and directories can be renamed', async () => {
    const { context, clone, removeAll } = await makePair(lasting, join(data, 'main'), 'unmounted')
    await writeFile(join(clone.path, 'new'), 'written')
    await rename(join(clone.path, 'base', '5'), join(clone.path, 'base', '6'))
    await runner.run('umount', [clone.path])
    expect(await lasting.attach(clone, context)).toBe(clone.path)
    expect(await readFile(join(clone.path, 'new'), 'utf8')).toBe('written')
    expect(await readFile(join(clone.path, 'base', '6', '1259'), 'utf8')).toBe('committed')
    await removeAll()
  })

  test('a volatile clone that was unmounted is refused, by an object of other options too, and removed', async () => {
    const { context, clone, removeAll } = await makePair(volatile, join(data, 'main'), 'lost')
    expect((await findMount(clone.path))?.options.join()).toMatch(/\bvolatile\b/)
    await runner.run('umount', [clone.path])
    for (const driver of [volatile, lasting])
      await expect(driver.attach(clone, context)).rejects.toMatchObject({
        code: 'COPY_MISSING',
        message: expect.stringContaining('nothing of it was flushed'),
      })
    await removeAll()
  })

  test('H56: a busy clone is BUSY, tells who holds it, and is still mounted', async () => {
    const { context, clone, removeAll } = await makePair(lasting, join(data, 'main'), 'busy')
    const file = await open(join(clone.path, 'held'), 'w')
    await expect(lasting.removeClone(clone, context)).rejects.toMatchObject({
      code: 'BUSY',
      message: expect.stringContaining(`(pid ${process.pid})`),
    })
    expect(await findMount(clone.path)).toBeDefined()
    await file.close()
    await removeAll()
  })

  test('H142: a busy one that is volatile goes, and tells who holds it', async () => {
    const { context, clone, removeAll } = await makePair(volatile, join(data, 'main'), 'held')
    const file = await open(join(clone.path, 'held'), 'w')
    await volatile.removeClone(clone, context)
    expect(context.warnings.join()).toContain(`(pid ${process.pid}) holds ${join(clone.path, 'held')}`)
    expect(await findMount(clone.path)).toBeUndefined()
    await file.writeFile('into nothing')
    await file.close()
    await removeAll()
  })

  test('H83: setuid programs and devices have no effect in a clone', async () => {
    const { clone, removeAll } = await makePair(lasting, join(data, 'main'), 'nosuid')
    expect((await findMount(clone.path))?.options).toEqual(expect.arrayContaining(['nosuid', 'nodev']))
    await removeAll()
  })

  test("H29: a clone's user reaches its files and not the layers below", async () => {
    const { clone, removeAll } = await makePair(lasting, join(data, 'main'), 'closed')
    const layers = join(clone.path, '..', 'layers')
    expect((await stat(layers)).mode & 0o777).toBe(0o700)
    await runner.run('cat', [join(clone.path, 'base', '5', '1259')], { user: postgres })
    await expect(runner.run('ls', [join(layers, 'upper')], { user: postgres })).rejects.toMatchObject({
      stderr: expect.stringContaining('Permission denied'),
    })
    await removeAll()
  })

  test.each(['a,upperdir=b', 'a:b', 'a\\b', 'a"b', 'a\nb'])(
    'a folder named %j is refused before anything is made',
    async (name) => {
      const directory = join(data, name)
      await mkdir(directory)
      const context = createContext()
      await expect(overlay({ directory }).locate(join(data, 'main'), context)).rejects.toMatchObject({
        code: 'DRIVER_NOT_APPLICABLE',
        message: expect.stringContaining('would end its name'),
      })
      expect(context.commands).toEqual([])
    },
  )

  test('H133: tries in whose middle a process was killed are cleared away by a later one', async () => {
    const [old, young] = ['old', 'young'].map((name) => join(data, `.pgfork-overlay-probe-${name}`)) as [string, string]
    for (const path of [old, young]) {
      for (const name of ['lower', 'upper', 'work', 'mount']) await mkdir(join(path, name), { recursive: true })
      const [lower, upper, work, mountPoint] = ['lower', 'upper', 'work', 'mount'].map((name) => join(path, name))
      const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work},volatile`
      await runner.run('mount', ['-t', 'overlay', '-o', layers, 'killed', mountPoint as string])
    }
    const anHourAgo = Date.now() / 1000 - 3600
    await utimes(old, anHourAgo, anHourAgo)
    await overlay().locate(join(data, 'main'), createContext())
    expect(await findMount(join(old, 'mount'))).toBeUndefined()
    expect(existsSync(old)).toBe(false)
    // Somebody may be at it.
    expect(await findMount(join(young, 'mount'))).toBeDefined()
    await runner.run('umount', [join(young, 'mount')])
    await rm(young, { recursive: true })
  })

  test('who may not mount is told so, and nothing is left', async () => {
    const context = createContext()
    const refusing = overlay({ prefix: ['setpriv', '--bounding-set=-sys_admin', '--'] })
    await expect(refusing.locate(join(data, 'main'), context)).rejects.toMatchObject({
      code: 'DRIVER_NOT_APPLICABLE',
      message: expect.stringContaining('only root can mount'),
    })
    await expectNothingLeft()
  })

  test('H133: nor is anything left where sudo refuses, or whose caller gives up in the middle', async () => {
    const refused = overlay({ prefix: ['false'] }).locate(join(data, 'main'), createContext())
    await expect(refused).rejects.toMatchObject({ code: 'DRIVER_NOT_APPLICABLE' })
    await expectNothingLeft()
    const controller = new AbortController()
    const context = createContext(controller.signal)
    const run: typeof runner.run = async (file, args, options) => {
      const result = await runner.run(file, args, { signal: controller.signal, ...options })
      if (file === 'mount') controller.abort()
      return result
    }
    const aborted = overlay().locate(join(data, 'main'), { ...context, runner: { ...runner, run } })
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' })
    await expectNothingLeft()
  })

  async function expectNothingLeft(): Promise<void> {
    const { stdout } = await runner.run('find', [data, '-name', '.pgfork*'])
    expect(stdout).toBe('')
  }
})
