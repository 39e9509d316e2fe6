import { expect, test } from 'vitest'
import { printable } from './printable.ts'

test.each([
  ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
  ['\u009b2J', '\\u009b2J'],
  ['over\rwritten\b', 'over\\u000dwritten\\u0008'],
  ['\u202egnp.exe', '\\u202egnp.exe'],
  ['\u007f\0', '\\u007f\\u0000'],
])('H81: %j is shown as %s', (text, shown) => {
  expect(printable(text)).toBe(shown)
})

test('text of all languages, tabs and line breaks stay', () => {
  const text = 'Zürich\t日本語 العربية 👩‍👩‍👧\n'
  expect(printable(text)).toBe(text)
})

test('JSON means the same as before', () => {
  const value = { name: '\u001b[2J\u009b2J\u202e\u007f\n' }
  const shown = printable(JSON.stringify(value, undefined, 2))
  expect(JSON.parse(shown)).toEqual(value)
  expect(shown).not.toMatch(/[\u007f-\u009f\u202e]/)
})
