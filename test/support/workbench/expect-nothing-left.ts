import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { listForks } from '@pgfork/core'
import { expect } from 'vitest'
import type { SourceWorkbench } from './source-workbench.ts'

/** After a failure: no record, no claim, nothing in storage, and a source that goes on as if nothing had been. */
export async function expectNothingLeft(bench: SourceWorkbench, { sourceRuns = true } = {}): Promise<void> {
  const { stateDirectory } = bench
  expect(await listForks({ stateDirectory })).toEqual([])
  for (const folder of ['forks', 'snapshots', 'ports']) expect(await readdir(join(stateDirectory, folder))).toEqual([])
  for (const identifier of await readdir(join(stateDirectory, 'timelines')))
    expect(await readdir(join(stateDirectory, 'timelines', identifier))).toEqual([])
  expect(await readdir(bench.storage.path)).not.toContain('.pgfork')
  if (sourceRuns) expect(await bench.source.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
}

/** The lock under which garbage was collected stays, for the next time. */
export const forgetCollections = ({ stateDirectory }: SourceWorkbench): Promise<void> =>
  rm(join(stateDirectory, 'locks'), { recursive: true, force: true })
