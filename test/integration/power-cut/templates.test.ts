import { join } from 'node:path'
import { overlay } from '@pgfork/driver-overlay'
import { createTemplate, pruneTemplates } from '@pgfork/testing'
import { afterAll, expect, test } from 'vitest'
import { describeTemplatesOn, smallSetup } from '../../support/workbench/template-workbench.ts'
import { lostOf } from './lost-of.ts'

await describeTemplatesOn('ext4', (bench) => {
  const mounting = overlay({ volatile: true })
  afterAll(() => pruneTemplates({ ...bench.operation, driver: [mounting, bench.driver], all: true }))

  test.each([
    ['copies', undefined],
    ['volatile overlays', mounting],
  ])('H140: a template whose servers are %s survives it, as does what is recorded of it', async (key, driver) => {
    const { storage, directory, stateDirectory, options } = bench
    await createTemplate({ ...options, ...(driver && { driver }), key, setup: smallSetup })
    expect(await lostOf(storage, join(directory, '.pgfork', 'snapshots'))).toEqual([])
    expect(await lostOf(storage, join(stateDirectory, 'snapshots'))).toEqual([])
  })
})
