import { expect, test } from 'vitest'
import { withoutCommands } from './without-commands.ts'

test('commands of psql are left out, and nothing else', () => {
  const kept = [
    '--',
    "-- Roles: O'Brien's",
    'CREATE ROLE ada;',
    "COMMENT ON ROLE ada IS 'one ''quoted''",
    String.raw`\n is a line feed`,
    '"and" so on\';',
    'CREATE ROLE "a',
    String.raw`\b";`,
    String.raw`ALTER ROLE ada SET "app.path" TO 'C:\temp';`,
    '',
  ]
  const [first, ...more] = kept
  const sql = ['\\restrict abc', first, '\\! touch /tmp/x', ...more.slice(0, -1), '\\unrestrict abc', ''].join('\n')
  expect(withoutCommands(sql)).toBe(kept.join('\n'))
})

test('a command in the last line, without an end', () => {
  expect(withoutCommands('SELECT 1;\n\\! id')).toBe('SELECT 1;\n')
})
