import { createTest } from '@pgfork/testing/vitest'
import { Client } from 'pg'
import { options } from '../template-options.ts'

const test = createTest(options)

test('leaves a connection open', async ({ connectionString }) => {
  const client = new Client({ connectionString, application_name: 'forgetful' })
  client.on('error', () => {})
  await client.connect()
  await client.query('select 42 as answer')
})
