import { createTest } from '@pgfork/testing/vitest'
import { expect } from 'vitest'
import { options } from '../template-options.ts'

const test = createTest({
  ...options,
  key: 'takes longer than a test may',
  setup: ({ client }) => client.query('SELECT pg_sleep(12)'),
})

test('meets a template that is there', { timeout: 10_000 }, async ({ db }) => {
  expect((await db.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
