import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { findDocs, helpOf } from './help.ts'

test('once the package tells an address, an error links to the page there', () => {
  expect(helpOf('NO_SPACE', 'https://example.org/pgfork')).toBe('https://example.org/pgfork/errors.html#no_space')
})

test('until then to the page that came with it, if that is there', () => {
  const help = helpOf('NO_SPACE')
  expect(help === undefined).toBe(findDocs() === undefined)
  if (help?.startsWith('file:')) expect(existsSync(fileURLToPath(help))).toBe(true)
})
