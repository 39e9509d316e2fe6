import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type CreateForkOptions, collectGarbage, createFork, listForks, openFork } from '@pgfork/core'
import { withLock } from '@pgfork/core/companion'
import { afterAll, afterEach, expect, test } from 'vitest'
import { startElsewhere } from '../../support/elsewhere/index.ts'
import { claimedTimelines } from '../../support/fork/claimed-timelines.ts'
import { serversOf } from '../../support/fork/servers-of.ts'
import { liveUntilKilled } from '../../support/programs/doomed-process.ts'
import { type ForkFacts, startForkProcess } from '../../support/programs/fork-process.ts'
import { runner } from '../../support/system/runner.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { destroyForks } from '../../support/workbench/make-state.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  const inState = (folder: string): string => join(bench.stateDirectory, folder)
  const warnings: string[] = []
  const onWarning = (message: string): void => void warnings.push(message)
  const create = (options: Partial<CreateForkOptions> = {}) => bench.fork({ name: 'next', onWarning, ...options })
  const source = (): string => bench.source.dataDirectory

  afterEach(async () => {
    warnings.splice(0)
    await destroyForks(bench.options)
    await expectNothingLeft(bench)
  })
  afterAll(() => forgetCollections(bench))

  /** A fork whose maker was killed right after. */
  async function leave(options: Partial<CreateForkOptions> & { readonly name: string }): Promise<ForkFacts> {
    await using maker = await startForkProcess(bench.stateDirectory)
    const fork = await maker.create({ source: source(), collectGarbage: false, ...options })
    await maker.end('SIGKILL')
    await waitUntil(async () => (await serversOf(fork)).length === 0 || options.lifetime === 'persistent', {
      timeoutMs: 30_000,
      what: 'end of its server',
    })
    return fork
  }

  const names = async (): Promise<string[]> => (await listForks(bench.options)).map(({ name }) => name).sort()

  test('H58: the next createFork removes the fork of a process that was killed: server, volume, numbers and record', async () => {
    const dead = await leave({ name: 'dead' })
    await using next = await create()
    expect(await names()).toEqual(['next'])
    expect(await serversOf(dead)).toEqual([])
    expect(await readdir(inState('ports'))).toEqual([String(next.port)])
    expect((await claimedTimelines(bench)).map(({ holder }) => holder)).toEqual(['next'])
    const volumes = await readdir(join(bench.storage.path, '.pgfork'), { recursive: true })
    expect(volumes.filter((path) => path.includes('dead'))).toEqual([])
    expect(await readdir(inState('snapshots'))).toEqual(['next.json'])
    expect(warnings).toEqual([])
  })

  test.each([8, 14, 20])('what a process was making when it was killed goes as well: event %i', async (number) => {
    const death = { at: 'event', number } as const
    expect(await liveUntilKilled({ source: source(), stateDirectory: bench.stateDirectory, name: 'half', death })).toBe(
      true,
    )
    await using next = await create()
    expect(await names()).toEqual([next.name])
    expect(await readdir(inState('snapshots'))).toEqual(['next.json'])
  })

  test('forks of a living process, persistent and protected ones stay', async () => {
    await leave({ name: 'persistent', lifetime: 'persistent', timeToLiveMs: 1 })
    await leave({ name: 'protected', protect: true })
    await using maker = await startForkProcess(bench.stateDirectory)
    const living = await maker.create({ source: source(), name: 'living' })
    await using next = await create()
    expect(await names()).toEqual(['living', next.name, 'persistent', 'protected'])
    expect(await serversOf(living)).toEqual([living.pid])
    await (await openFork('protected', bench.options)).unprotect()
  })

  test('H71: what was made on another machine stays, and nothing is said about it', async () => {
    await using elsewhere = await startElsewhere({ machineId: '0123456789abcdef0123456789abcdef' })
    await elsewhere.ask('createFork', { stateDirectory: bench.stateDirectory, source: source(), name: 'theirs' })
    await elsewhere.kill()
    await using next = await create()
    expect(await names()).toEqual([next.name, 'theirs'])
    expect(warnings).toEqual([])
    await collectGarbage({ ...bench.options, goneMachines: ['0123456789abcdef0123456789abcdef'] })
  })

  test('what somebody starts again after its maker has ended is his, and stays', async () => {
    await leave({ name: 'rescued' })
    await using rescuer = await startForkProcess(bench.stateDirectory)
    const { pid } = await rescuer.perform('start', 'rescued')
    await using next = await create()
    expect(await names()).toEqual([next.name, 'rescued'])
    expect(await serversOf(await rescuer.perform('open', 'rescued'))).toEqual([pid])
  })

  test('a dead fork that is the source stays until it is forked', async () => {
    const { dataDirectory } = await leave({ name: 'first' })
    await using next = await createFork({ ...bench.options, source: dataDirectory, name: 'next' })
    expect(await names()).toEqual(['first', next.name])
    await using another = await create({ name: 'another' })
    expect(await names()).toEqual([another.name, next.name])
  })

  test('H76: the name of a dead fork is free, also while somebody else collects', async () => {
    const dead = await leave({ name: 'next' })
    await withLock(inState('locks/garbage'), { runner }, async () => {
      await leave({ name: 'other' })
      await using next = await create()
      expect(next.port).not.toBe(dead.port)
      expect(await names()).toEqual(['next', 'other'])
    })
  })

  test('nothing is collected with collectGarbage: false; a name that is taken says who frees it', async () => {
    await leave({ name: 'dead' })
    const taken = create({ name: 'dead', collectGarbage: false })
    await expect(taken).rejects.toMatchObject({ code: 'NAME_TAKEN', facts: { isGarbage: true } })
    await expect(taken).rejects.toThrow('The process that made it has ended: collectGarbage() removes it')
    await using next = await create({ collectGarbage: false })
    expect(await names()).toEqual(['dead', next.name])
  })

  /** A driver with another way to remove the clone of `dead`. */
  const removingBy = (removeClone: (signal: AbortSignal | undefined) => Promise<void>) => {
    const { driver } = bench.options
    return {
      ...driver,
      removeClone: (...[clone, context]: Parameters<typeof driver.removeClone>) =>
        clone.name.includes('dead') ? removeClone(context.signal) : driver.removeClone(clone, context),
    }
  }
  const aborts = (signal: AbortSignal | undefined) =>
    new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(new Error('cut off'))))

  test('a failure is a warning, and the next collection tries again', async () => {
    await leave({ name: 'dead' })
    await using next = await create({ driver: removingBy(() => Promise.reject(new Error('The disk is tired.'))) })
    expect(warnings).toEqual([
      'dead, which an ended process left, could not be removed: The disk is tired. collectGarbage() tries it again.',
    ])
    expect(await names()).toEqual(['dead', next.name])
  })

  test.each([
    ['that heeds its signal', true],
    ['that does not', false],
  ])('a removal without end %s holds up no fork, nor its abort', async (_, heeds) => {
    await leave({ name: 'dead' })
    const end = new AbortController()
    const driver = removingBy((signal) => aborts(heeds ? signal : end.signal))
    await using next = await create({ driver })
    expect(next.pid).toBeDefined()
    const controller = new AbortController()
    const onProgress = ({ step }: { readonly step: string }): void => {
      if (step === 'start') controller.abort()
    }
    const aborted = create({ name: 'aborted', driver, signal: controller.signal, onProgress })
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' })
    expect(warnings).toEqual([])
    expect(await names()).toEqual(['dead', next.name])
    end.abort()
  })
})
