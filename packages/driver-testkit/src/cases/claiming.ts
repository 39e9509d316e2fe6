import assert from 'node:assert/strict'
import { isPgforkError, type SnapshotDriver } from '@pgfork/core/driver'
import type { DriverSuiteOptions } from '../suite-options.ts'
import { contextOf, VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

const takers = 4

const isOfCluster = ({ semantics }: DriverSuiteOptions): boolean => semantics.reach === 'cluster'

const claimsOf = ({ claims }: SnapshotDriver): NonNullable<SnapshotDriver['claims']> => {
  assert.ok(claims !== undefined, "reach: 'cluster' without claims")
  return claims
}

/** What hosts that have the same storage need. */
export const claiming: Case[] = [
  {
    name: 'H97: of several that want one name, one gets it, and has it until it is given back',
    appliesTo: isOfCluster,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      const { volume } = bench
      const [name, context] = ['7000.2', bench.context()]
      const take = (holder: string): Promise<boolean> =>
        claimsOf(options.createDriver()).take(volume, name, holder, context)
      const holders = Array.from({ length: takers }, (_, index) => `holder-${index}`)
      const got = await Promise.all(holders.map(take))
      assert.deepEqual(got.filter((has) => has).length, 1)
      const holder = holders[got.indexOf(true)] as string
      const claims = claimsOf(options.createDriver())
      assert.deepEqual(await claims.list(volume, context), [name])
      for (const other of holders) assert.equal(await claims.holds(volume, name, other, context), other === holder)
      assert.equal(await claims.take(volume, '7000.3', 'another', context), true)
      await claims.release(volume, name, 'another', context)
      assert.equal(await claims.holds(volume, name, holder, context), true, 'given back by one who has it not')
      for (let time = 0; time < 2; time++) await claims.release(volume, name, holder, context)
      assert.equal(await claims.holds(volume, name, holder, context), false)
      assert.deepEqual(await claims.list(volume, context), ['7000.3'])
      assert.equal(await take('later'), true)
      await claims.release(volume, name, holder, context)
      assert.deepEqual(await claims.list(volume, context), [name, '7000.3'], 'given back by one who had it before')
      await claims.release(volume, name, 'later', context)
      await claims.release(volume, '7000.3', 'another', context)
      assert.deepEqual(await claims.list(volume, context), [])
      assert.deepEqual(await bench.driver.list(volume, context), [], 'a claim was listed as a snapshot or clone')
    },
  },
  {
    name: 'a volume that the storage does not have is missing',
    appliesTo: isOfCluster,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      const { volume = '' } = bench.test.reference?.volume ?? {}
      const driver = options.createDriver()
      await assert.rejects(
        async () => driver.resolve?.({ driver: driver.name, volume: `${volume}-never` }, contextOf(options)),
        (error) => isPgforkError(error, 'COPY_MISSING'),
      )
    },
  },
]
