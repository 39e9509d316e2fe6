import { afterAll, expect, test } from 'vitest'
import { createContext } from '../../../../../test/support/driver-fixture/index.ts'
import { createMemoryStorage } from '../../../../../test/support/memory-storage.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { findDriver } from './find-driver.ts'

const memory = await createMemoryStorage()
afterAll(() => memory[Symbol.asyncDispose]())
const context = createContext()

test('the first driver that serves the path is found; those after it are not asked', async () => {
  const path = await memory.volume('found')
  const [other, serving, never] = [
    memory.driver({ name: 'other', pools: ['elsewhere'] }),
    memory.driver({ name: 'serving' }),
    memory.driver({ name: 'never' }),
  ]
  const found = await findDriver(path, [other, serving, never], context)
  expect(found.driver).toBe(serving)
  expect(found.volume).toMatchObject({ id: `memory:${path}`, root: path })
  expect(found.candidates).toEqual([
    { driver: 'other', reason: expect.stringContaining('is on no volume of the driver other') },
    { driver: 'serving', reason: undefined },
  ])
  expect(never.verbs).toEqual([])
})

test('none that serves: the error has the reason of each; a single driver gives its own', async () => {
  const path = await memory.volume('unserved')
  const [one, two] = [memory.driver({ name: 'one', pools: [] }), memory.driver({ name: 'two', pools: [] })]
  await expect(findDriver(path, [one, two], context)).rejects.toMatchObject({
    code: 'DRIVER_NOT_FOUND',
    message: expect.stringMatching(/one: .* two: /),
    facts: { path, candidates: [{ driver: 'one' }, { driver: 'two' }] },
  })
  await expect(findDriver(path, [one], context)).rejects.toMatchObject({ code: 'DRIVER_NOT_APPLICABLE' })
})

test('H3: a driver that is right for the storage and refuses the layout is not replaced by the next one', async () => {
  const path = await memory.volume('refused')
  const refusal = new PgforkError('LAYOUT_REFUSED', 'A snapshot would miss something.', { hazard: 'H3' })
  const refusing = memory.driver({
    before: () => {
      throw refusal
    },
  })
  const copying = memory.driver({ name: 'copying' })
  await expect(findDriver(path, [refusing, copying], context)).rejects.toBe(refusal)
  expect(copying.verbs).toEqual([])
})
