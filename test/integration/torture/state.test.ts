import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, createFork, type Fork, isPgforkError, listForks, openFork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { counts, report, timeoutMs } from '../../support/torture-counts.ts'
import { createTortureWorkbench, type TortureWorkbench } from '../../support/workbench/torture-workbench.ts'
import { mutate } from './mutate.ts'

let bench: TortureWorkbench
const driver = btrfs()

beforeAll(async () => {
  bench = await createTortureWorkbench()
})

afterAll(async () => {
  await bench.expectUntouched().finally(() => bench[Symbol.asyncDispose]())
})

const isAlive = async (fork: Fork): Promise<boolean> => (await readFile(`/proc/${fork.pid}/stat`, 'utf8')) !== ''

/** What a call may come to: a result, or an error with a code. */
const typed = (error: unknown): unknown => {
  if (isPgforkError(error)) return undefined
  throw new Error(`This error has no code: ${error}`, { cause: error })
}

test(
  'whatever becomes of a record, errors have codes, and no collection removes what another record names',
  async () => {
    const stateDirectory = await bench.makeStateDirectory('fuzz')
    const warnings: string[] = []
    // A changed record may say that its maker is on another machine, which is told.
    const options = { driver, stateDirectory, onWarning: (message: string) => warnings.push(message) }
    const other = await createFork({ ...options, source: bench.source.dataDirectory, name: 'other' })
    const fork = await createFork({ ...options, source: bench.source.dataDirectory, name: 'fuzzed' })
    const sounds = new Map<string, string>()
    for (const folder of ['forks', 'snapshots']) {
      const path = join(stateDirectory, folder, 'fuzzed.json')
      const sound = await readFile(path, 'utf8')
      sounds.set(folder, sound)
      for (let tried = 0; tried < counts.fuzz / 2; tried++) {
        await writeFile(path, mutate(sound))
        const listed = await listForks(options)
        expect(listed.map(({ name }) => name)).toContain('other')
        await openFork('fuzzed', options).catch(typed)
        const found = await collectGarbage({ ...options, dryRun: true })
        expect(found.filter(({ name }) => name === 'other')).toEqual([])
        // A record that is no worse than another one of a fork whose maker is dead may be acted upon.
        const isUnreadable = found.every(({ kind }) => kind === 'record')
        if (isUnreadable && found.length > 0)
          for (const { isRemoved, failure } of await collectGarbage(options))
            expect([isRemoved, isPgforkError(failure, 'STATE_UNUSABLE')]).toEqual([false, true])
        expect(await isAlive(fork)).toBe(true)
      }
      await writeFile(path, sound)
    }
    await writeFile(join(stateDirectory, 'forks', 'fuzzed.json'), '{')
    await listForks(options)
    expect(warnings.at(-1)).toContain('fuzzed')
    await writeFile(join(stateDirectory, 'forks', 'fuzzed.json'), sounds.get('forks') ?? '')
    expect(await isAlive(other)).toBe(true)
    await fork.destroy()
    await other.destroy()
    await bench.expectCollectable(stateDirectory)
    report(`${counts.fuzz} damaged records read, destroyed by them: nothing`)
  },
  timeoutMs,
)

test('a state directory that is deleted while a fork is made leaves nothing in storage', async () => {
  const stateDirectory = await bench.makeStateDirectory('deleted')
  const making = createFork({
    source: bench.source.dataDirectory,
    driver,
    stateDirectory,
    prepare: () => rm(stateDirectory, { recursive: true }),
  })
  await expect(making).rejects.toMatchObject({ code: 'STATE_UNUSABLE', leftBehind: [] })
  await rm(stateDirectory, { recursive: true, force: true })
  await bench.expectUntouched()
})

test('a fork whose state directory is deleted is destroyed all the same by whoever holds it', async () => {
  const stateDirectory = await bench.makeStateDirectory('deleted-later')
  const options = { source: bench.source.dataDirectory, driver, stateDirectory }
  const fork = await createFork({ ...options, resettable: false })
  await rm(stateDirectory, { recursive: true })
  await fork.destroy()
  await rm(stateDirectory, { recursive: true, force: true })
  await bench.expectUntouched()
})

const refusals = /^(PERMISSION_DENIED|STATE_UNUSABLE)$/

test('a read-only state directory refuses the fork, and nothing is begun', async () => {
  const stateDirectory = await bench.makeStateDirectory('read-only')
  const options = { driver, stateDirectory }
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', stateDirectory])
  try {
    // Its folders are made by whoever looks at it first.
    await listForks(options)
    await execa('mount', ['-o', 'remount,ro', stateDirectory])
    await expect(createFork({ ...options, source: bench.source.dataDirectory })).rejects.toMatchObject({
      code: expect.stringMatching(refusals),
      leftBehind: [],
    })
    await expect(collectGarbage(options)).rejects.toMatchObject({ code: expect.stringMatching(refusals) })
    expect(await listForks(options)).toEqual([])
  } finally {
    await execa('umount', [stateDirectory])
    await rm(stateDirectory, { recursive: true })
  }
  await bench.expectUntouched()
})
