import process from 'node:process'
import { btrfs } from '@pgfork/driver-btrfs'
import type { DatabaseOptions } from '@pgfork/testing'

/** For the suites here, which the tests of the fixtures run in a runner of their own. */
export const options: DatabaseOptions = {
  driver: btrfs(),
  directory: process.env.RUNNERS_DIRECTORY as string,
  stateDirectory: process.env.RUNNERS_STATE_DIRECTORY as string,
  key: 'runners',
  keepFailed: 1,
  pool: { size: 1 },
  setup: async ({ client }) => {
    await client.query('create table item (id int primary key)')
    await client.query('insert into item select generate_series(1, 10)')
  },
}
