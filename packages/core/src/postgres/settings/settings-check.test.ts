import { expect, test } from 'vitest'
import { settingsCheck } from './settings-check.ts'

test.each([
  [
    { ssl_passphrase_command: ['echo top-secret'] },
    'settings.ssl_passphrase_command must be a string, number or boolean.',
  ],
  [{ 'mine.token': 'top-secret\0' }, 'settings.mine.token must be a string, number or boolean.'],
  ["mine.token='top-secret'", 'settings must be an object of PostgreSQL settings.'],
])('the value of a setting that is refused stands in no error, since it may be a secret', (given, message) => {
  let thrown: unknown
  try {
    settingsCheck(given, 'settings', 'createFork')
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ code: 'INVALID_OPTION', message })
  expect(JSON.stringify(thrown)).not.toContain('top-secret')
})
