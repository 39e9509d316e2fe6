import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRunner } from '../command/execa-runner.ts'
import { Claims } from './claims.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgfork-claims-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('a number is one fork’s, from the first moment on, and given back by that one alone', async () => {
  const claims = new Claims(join(folder, 'made', 'by', 'itself'))
  expect(await claims.take(20_000, 'one')).toBe(true)
  expect(await claims.take(20_000, 'other')).toBe(false)
  expect(await claims.take(20_000, 'one')).toBe(true)
  await claims.release(20_000, 'other')
  expect([await claims.holderOf(20_000), await claims.taken()]).toEqual(['one', [20_000]])
  await claims.releaseAll('one')
  expect(await readdir(join(folder, 'made', 'by', 'itself'))).toEqual([])
})

test('H14: nobody who looks ever finds a number without its holder, which a collection would give back', {
  timeout: 60_000,
}, async () => {
  // Both are as fast as they can, in processes of their own.
  const program = `
    const { Claims } = await import('${new URL('./claims.ts', import.meta.url)}')
    const claims = new Claims(process.argv.at(-1))
    const end = Date.now() + 3_000
    for (let number = 0; Date.now() < end; number = (number + 1) % 5)
      if (await claims.take(number, 'one')) await claims.release(number, 'one')`
  const words = ['--import', 'tsx', '--input-type=module', '--eval', program, folder]
  const root = fileURLToPath(new URL('../../../../', import.meta.url))
  let isOver = false
  const taking = createRunner()
    .run(process.execPath, words, { prefix: ['env', '-C', root] })
    .finally(() => {
      isOver = true
    })
  const claims = new Claims(folder)
  const holders = new Set<string | undefined>()
  while (!isOver) {
    for (const number of await claims.taken()) holders.add(await claims.holderOf(number))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await taking
  holders.delete(undefined)
  expect([...holders]).toEqual(['one'])
})
