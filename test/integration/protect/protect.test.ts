import { collectGarbage, listForks } from '@pgfork/core'
import { afterAll, expect, test } from 'vitest'
import { forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  afterAll(() => forgetCollections(bench))

  test('a protected fork is neither destroyed nor collected until it is unprotected', async () => {
    const fork = await bench.fork({ name: 'protected', protect: true, timeToLiveMs: 1 })
    await expect(fork.destroy()).rejects.toMatchObject({ code: 'FORK_PROTECTED' })
    expect(await collectGarbage(bench.options)).toEqual([])
    await fork.unprotect()
    await fork.protect()
    await expect(fork.destroy()).rejects.toMatchObject({ code: 'FORK_PROTECTED' })
    await fork.unprotect()
    await fork.destroy()
    expect(await listForks(bench.options)).toEqual([])
  })
})
