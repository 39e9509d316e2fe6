import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { formatVariables } from './format-variables.ts'

const url = 'postgresql://ada%20l@localhost:20001/shop?host=%2Fsrv%2Fpg'
const exported = (lines: string) =>
  execFileSync('sh', [
    '-c',
    'export $(printf "%s\n" "$1"); printf "%s %s %s" "$DATABASE_URL" "$PGUSER" "$LD_PRELOAD"',
    'sh',
    lines,
  ]).toString()

test('what is printed is what a shell exports', () => {
  const lines = formatVariables({ DATABASE_URL: url, PGUSER: 'ada.l-1', PGHOST: '/srv/pg/.pgfork' })
  expect(exported(lines.join('\n'))).toBe(`${url} ada.l-1 `)
})

test("H62: a superuser's name sets no other variable of root's shell", () => {
  for (const PGUSER of [
    'x LD_PRELOAD=/tmp/a.so',
    'x\nLD_PRELOAD=/tmp/a.so',
    'x\tPATH=/tmp',
    '*',
    '$(id)',
    '`id`',
    "'",
    ';id',
    '\\',
  ])
    expect(() => formatVariables({ PGUSER }), PGUSER).toThrow(/PGUSER is .* of which a shell would make something else/)
})
