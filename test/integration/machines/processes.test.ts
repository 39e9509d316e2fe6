import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, listForks, openFork } from '@pgfork/core'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type Place, startElsewhere, whyNotElsewhere } from '../../support/elsewhere/index.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const container: Place = { container: true }
const machineId = '0123456789abcdef0123456789abcdef'
const bootId = '01234567-89ab-cdef-0123-456789abcdef'

const obstacle = await whyNotElsewhere()
describe.skipIf(obstacle !== undefined)(`makers elsewhere${obstacle ? `, skipped: ${obstacle}` : ''}`, async () => {
  await describeOn('btrfs', {}, (bench) => {
    const warnings: string[] = []
    const options = (): typeof bench.options & { onWarning: (message: string) => void } => ({
      ...bench.options,
      onWarning: (message) => void warnings.push(message),
    })
    const create = { stateDirectory: '', source: '', name: 'theirs' }
    const given = () => ({ ...create, stateDirectory: bench.stateDirectory, source: bench.source.dataDirectory })
    afterEach(() => void warnings.splice(0))
    afterAll(() => forgetCollections(bench))

    test.each<[string, Place, Place]>([
      ['in a container, seen from another container', container, container],
      ['of another machine', { machineId, bootId }, {}],
      ['that gives this machine another boot id', { bootId }, {}],
      ['of this machine, seen from one that has another boot id', {}, { bootId }],
      ['of this machine, seen from another machine', {}, { machineId }],
    ])('H71: the fork of a living process %s is no garbage', async (_, makers, collectors) => {
      await using maker = await startElsewhere(makers)
      await using collector = await startElsewhere(collectors)
      await maker.ask('createFork', given())
      expect(await collector.ask('collectGarbage', { stateDirectory: bench.stateDirectory })).toEqual([])
      expect(collector.warnings).toEqual([
        expect.stringContaining("is kept: it can't be seen from here whether they still run"),
      ])
      await maker.ask('act', { name: 'theirs', verb: 'destroy' })
      await expectNothingLeft(bench)
    })

    test('H71: the sight of all processes tells whether a fork was made by one of a container that still runs', async () => {
      await using maker = await startElsewhere(container)
      const { pid } = await maker.ask('createFork', given())
      expect(await collectGarbage(options())).toEqual([])
      expect(warnings).toEqual([])
      await maker.kill()
      // The end of a container's first process is complete when all others have ended.
      const collected = await waitUntil(
        async () => {
          const found = await collectGarbage(options())
          return found.length > 0 ? found : undefined
        },
        { timeoutMs: 30_000, what: 'end of the container' },
      )
      expect(collected).toMatchObject([
        { kind: 'fork', name: 'theirs', reason: 'its maker (pid 1) has ended', isRemoved: true },
      ])
      expect(pid).toBeGreaterThan(1)
      await expectNothingLeft(bench)
    })

    test('H71: what was made on a machine that is gone is collected by explicit wish', async () => {
      await using maker = await startElsewhere({ machineId, bootId })
      await maker.ask('createFork', given())
      await maker.kill()
      expect(await collectGarbage(options())).toEqual([])
      const name = /goneMachines: \['([0-9a-f]+)'\]/.exec(warnings[0] ?? '')?.[1] as string
      expect((await listForks(bench.options)).map((fork) => fork.name)).toEqual(['theirs'])
      expect(await collectGarbage({ ...options(), goneMachines: [name] })).toMatchObject([
        { name: 'theirs', reason: expect.stringContaining('was on a machine that is gone for good'), isRemoved: true },
      ])
      await expectNothingLeft(bench)
    })

    test('H71: the machine that collects is not gone', async () => {
      await using maker = await startElsewhere({})
      await maker.ask('createFork', given())
      const record = JSON.parse(await readFile(join(bench.stateDirectory, 'forks', 'theirs.json'), 'utf8'))
      await expect(collectGarbage({ ...options(), goneMachines: [record.maker.machine] })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      })
      expect((await openFork('theirs', bench.options)).pid).toBeDefined()
      await maker.ask('act', { name: 'theirs', verb: 'destroy' })
    })
  })
})
