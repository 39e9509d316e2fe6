import { mkdir, mkdtemp, realpath, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { holdsMuchElse } from './holds-much-else.ts'

test('only what is beside the cluster counts, by its number and by its size', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'pgfork-test-else-')))
  onTestFinished(() => rm(root, { recursive: true }))
  const [main, other] = [join(root, 'pg', 'main'), join(root, 'other')]
  const holds = (...own: string[]) => holdsMuchElse(root, own, { entries: 5, bytes: 1_000 })
  await mkdir(join(main, 'base'), { recursive: true })
  const large = async (path: string): Promise<void> => {
    await writeFile(path, '')
    await truncate(path, 2_000)
  }
  await large(join(main, 'base', '1'))
  expect(await holds('pg/main')).toBe(false)
  expect(await holds()).toBe(true)
  await mkdir(other)
  await large(join(other, '1'))
  expect(await holds('pg/main')).toBe(true)
  expect(await holds('pg/main', 'other')).toBe(false)
  await truncate(join(other, '1'), 0)
  expect(await holds('pg/main')).toBe(false)
  for (const name of 'abcd') await writeFile(join(other, name), '')
  expect(await holds('pg/main')).toBe(true)
})
