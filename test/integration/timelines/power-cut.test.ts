import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { claimedTimelines } from '../../support/fork/claimed-timelines.ts'
import { startForkProcess } from '../../support/programs/fork-process.ts'
import { forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

async function claimFiles({ stateDirectory }: SourceWorkbench): Promise<string[]> {
  const folders = ['ports', 'timelines'].map((name) => join(stateDirectory, name))
  const found = await Promise.all(folders.map((path) => readdir(path, { recursive: true, withFileTypes: true })))
  return found.flat().flatMap((file) => (file.isFile() ? [join(file.parentPath, file.name)] : []))
}

/** What a file system may do to a file that nobody flushed. */
const losses = [
  { loss: 'with their names', lose: (path: string) => rm(path) },
  { loss: 'but for their names', lose: (path: string) => writeFile(path, '') },
  { loss: 'to zeros', lose: (path: string) => writeFile(path, '\0\0\0\0') },
]

await describeOn('btrfs', {}, (bench) => {
  afterAll(() => forgetCollections(bench))

  test.each(losses)('H73: claims that a power cut took, $loss, are no claims of others', async ({ lose }) => {
    const { dataDirectory } = bench.source
    await using fork = await bench.fork({ name: 'kept', lifetime: 'persistent' })
    // After a power cut no server runs, so that its port looks free, too.
    await fork.stop()
    const claims = await claimFiles(bench)
    expect(claims).toHaveLength(2)
    for (const path of claims) await lose(path)

    // Whoever comes then is another process.
    await using later = await startForkProcess(bench.stateDirectory)
    const samePort = later.create({ source: dataDirectory, name: 'other', port: fork.port })
    await expect(samePort).rejects.toThrow('PORT_IN_USE')
    const other = await later.create({ source: dataDirectory, name: 'other' })
    expect(other.timeline).not.toBe(fork.timeline)
    expect(other.port).not.toBe(fork.port)
    const holders = new Map((await claimedTimelines(bench)).map(({ timeline, holder }) => [timeline, holder]))
    expect(holders).toEqual(
      new Map([
        [fork.timeline, 'kept'],
        [other.timeline, 'other'],
      ]),
    )
    await later.perform('destroy', 'other')
  })
})
