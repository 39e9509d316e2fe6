import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createContext } from '../../../../test/support/driver-fixture/index.ts'
import { createMemoryStorage } from '../../../../test/support/memory-storage.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { DriverSet, type VolumeCopy } from '../storage/driver/driver-set.ts'
import type { Space } from '../storage/driver/snapshot-driver.ts'
import { checkSpace, checkSpaceOfSnapshot, defaultSpaceThresholds } from './check-space.ts'

const memory = await createMemoryStorage({ totalBytes: 1000 })
afterAll(() => memory[Symbol.asyncDispose]())
const context = createContext()

const driver = memory.driver()
const drivers = new DriverSet(driver)
const check = (...copies: VolumeCopy[]) => checkSpace(drivers, copies, defaultSpaceThresholds, context)

async function fill(name: string, usedBytes: number): Promise<VolumeCopy> {
  const root = await memory.volume(name, name)
  await writeFile(join(root, 'file'), 'x'.repeat(usedBytes))
  return { ...(await drivers.locate(root, context)), name: 'unused' }
}

test('H55: up to the threshold a fork is made, above it it is refused, naming where the storage is mounted', async () => {
  await check(await fill('at-threshold', 950))
  const full = await fill('above', 951)
  await expect(check(full)).rejects.toMatchObject({
    code: 'NO_SPACE',
    hazard: 'H55',
    message: expect.stringContaining(`The storage of ${full.volume.root} (above) has used 95.1 % of its data space`),
    facts: { path: full.volume.root, pool: 'above', kind: 'data', usedBytes: 951, totalBytes: 1000 },
  })
})

test('H55: where the caller has raised the threshold, storage that is nearly full is told', async () => {
  const raised = createContext()
  const checkRaised = async (name: string, usedBytes: number) =>
    checkSpace(drivers, [await fill(name, usedBytes)], { dataPercent: 100, metadataPercent: 100 }, raised)
  await checkRaised('roomy-enough', 950)
  expect(raised.warnings).toEqual([])
  await checkRaised('nearly-full', 990)
  expect(raised.warnings).toEqual([expect.stringMatching(/^Only 10 of 1000 bytes are free .* the source may stop\.$/)])
})

test('H55: what a snapshot is of may be gone, and how full its storage is unknown by then', async () => {
  const of = (copy: VolumeCopy) => checkSpaceOfSnapshot(drivers, [copy], defaultSpaceThresholds, context)
  await expect(of(await fill('full-by-now', 951))).rejects.toMatchObject({ code: 'NO_SPACE', hazard: 'H55' })
  const roomy = await fill('gone-by-now', 10)
  const space = driver.space.bind(driver)
  for (const [code, isRefused, facts] of [
    ['COMMAND_FAILED', false, {}],
    ['COPY_MISSING', false, {}],
    ['STORAGE_MISSING', false, {}],
    ['STORAGE_MISSING', true, { hazard: 'H72' }],
  ] as const) {
    driver.space = () => Promise.reject(new PgforkError(code, 'of the test', facts))
    const asked = of(roomy)
    if (isRefused) await expect(asked, code).rejects.toMatchObject({ code })
    else await asked
  }
  driver.space = space
})

test('H55: every volume is asked, also of one pool: each may have a quota of its own', async () => {
  const [roomy, full, other] = [await fill('roomy', 10), await fill('full', 999), await fill('other', 10)]
  await expect(check(roomy, full, other)).rejects.toMatchObject({ facts: { pool: 'full' } })
  const ofOnePool = [roomy, { ...full, volume: { ...full.volume, pool: 'roomy' } }, other]
  const space = driver.space.bind(driver)
  driver.space = (volume) => space({ ...volume, pool: volume.root === full.volume.root ? 'full' : volume.pool })
  await expect(check(...ofOnePool)).rejects.toMatchObject({ facts: { path: full.volume.root } })
  driver.space = space
})

test('H55: metadata has a threshold of its own, and an empty pool is not a full one', async () => {
  const copy = await fill('metadata', 10)
  const report = (metadata: Space['metadata']) => {
    driver.space = async () => ({
      data: { usedBytes: 0, totalBytes: 0 },
      ...(metadata === undefined ? {} : { metadata }),
    })
  }
  report(undefined)
  await check(copy)
  report({ usedBytes: 90, totalBytes: 100 })
  await check(copy)
  report({ usedBytes: 91, totalBytes: 100 })
  await expect(check(copy)).rejects.toMatchObject({ facts: { kind: 'metadata', thresholdPercent: 90 } })
})
