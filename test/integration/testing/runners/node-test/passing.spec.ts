import assert from 'node:assert/strict'
import { createTest } from '@pgfork/testing/node-test'
import { options } from '../template-options.ts'

const test = createTest(options)

test('changes its server', async ({ db, pool }) => {
  await db.query('delete from item')
  assert.equal((await pool.query('select from item')).rowCount, 0)
})

test('sees nothing of the others, and has a context', { timeout: 60_000 }, async ({ db }, context) => {
  assert.equal((await db.query('select from item')).rowCount, 10)
  assert.equal(context.name, 'sees nothing of the others, and has a context')
})

void test('is skipped', { skip: true }, () => assert.fail())
