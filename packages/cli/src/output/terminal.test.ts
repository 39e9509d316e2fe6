import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PgforkError } from '@pgfork/core'
import { expect, test, vi } from 'vitest'
import { printError } from './report.ts'
import { describeTable } from './table.ts'
import { oneLine, terminal } from './terminal.ts'

test("H81: what reaches a terminal shows its owner's escape sequences and obeys none", () => {
  const written: unknown[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(text) > 0)
  try {
    terminal.out('/srv/\u001b]52;c;AAAA\u0007/main')
  } finally {
    write.mockRestore()
  }
  expect(written).toEqual(['/srv/\\u001b]52;c;AAAA\\u0007/main\n'])
})

test('H81: a line break in a name begins no line of ours', () => {
  expect(oneLine('/srv/x\nok       source.owner')).toBe('/srv/x\n    ok       source.owner')
  const table = describeTable(['NAME', 'SOURCE'], [['one', '/srv/\u001b[2J\nother  running']])
  expect(table).toEqual(['NAME  SOURCE', 'one   /srv/\\u001b[2J\\nother  running'])
})

test("H81: nor does one in an error's message", () => {
  const written: unknown[] = []
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(text) > 0)
  try {
    printError(new PgforkError('CONNECTION_REQUIRED', 'The server refuses: no.\nDestroyed staging.'), false)
  } finally {
    write.mockRestore()
  }
  expect(written).toEqual([
    'pgfork: The server refuses: no.\n    Destroyed staging.\n(CONNECTION_REQUIRED: pgfork explain CONNECTION_REQUIRED)\n',
  ])
})

test('H81: nothing else writes to a terminal', () => {
  const root = join(import.meta.dirname, '..')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /(?<!\.test)\.ts$/.test(file))
  const writing = files.filter((file) =>
    /\bconsole\b|\bstd(out|err)\??\.write\b/.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(files.length).toBeGreaterThan(60)
  expect(writing).toEqual(['output/terminal.ts'])
})
