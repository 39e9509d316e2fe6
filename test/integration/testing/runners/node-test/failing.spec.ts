import assert from 'node:assert/strict'
import { createTest } from '@pgfork/testing/node-test'
import { options } from '../template-options.ts'

const test = createTest(options)

test('fails', async ({ db }) => {
  await db.query('delete from item where id > 5')
  assert.equal(1, 2)
})
