import { createTest } from '@pgfork/testing/vitest'
import { expect } from 'vitest'
import { options } from '../template-options.ts'

const test = createTest(options)

test('fails first', async ({ db }) => {
  await db.query('delete from item')
  expect(1).toBe(2)
})

test('fails last', async ({ db }) => {
  await db.query('delete from item where id > 4')
  expect(1).toBe(2)
})
