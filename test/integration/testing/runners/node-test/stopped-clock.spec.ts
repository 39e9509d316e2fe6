import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { createTest } from '@pgfork/testing/node-test'
import { options } from '../template-options.ts'

const test = createTest(options)

const stopClock = ({ mock }: TestContext): void =>
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: Date.parse('2001-01-01') })

for (const name of ['one', 'two', 'three'])
  test(`stops the clock: ${name}`, async ({ db }, context) => {
    stopClock(context)
    assert.equal((await db.query('select from item')).rowCount, 10)
  })

test('stops the clock and fails', async ({ db }, context) => {
  stopClock(context)
  await db.query('delete from item where id > 6')
  assert.equal(1, 2)
})
