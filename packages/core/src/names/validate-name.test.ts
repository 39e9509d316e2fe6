import { expect, test } from 'vitest'
import type { PgforkError } from '../errors/pgfork-error.ts'
import { validateName } from './validate-name.ts'

test.each(['a', '0', 'main', 'a.b_c-d', 'x'.repeat(48), 'con', '0x', 'a-', 'a.'])('%j is a name', (name) => {
  expect(validateName(name)).toBe(name)
})

const hostile: unknown[] = [
  ...[
    '',
    ' ',
    '.',
    '..',
    'a..b',
    '.a',
    '-a',
    '--',
    '_a',
    '/',
    'a/b',
    '../a',
    'a\\b',
    'A',
    'ä',
    'a b',
    'a\n',
    '\na',
    'a\0',
  ],
  ...[
    'a;b',
    'a|b',
    'a&b',
    'a$b',
    '$(a)',
    '`a`',
    'a*',
    'a?',
    "a'",
    'a"',
    'a@b',
    'a#b',
    'a:b',
    'a%b',
    'a~',
    'a,b',
    'a=b',
  ],
  ...['\u202ea', 'a\u0301', '\ud800', '𝒶', 'x'.repeat(49), 'x'.repeat(100_000)],
  ...[undefined, null, 0, 1n, true, {}, [], ['a'], Symbol('a'), () => 'a', { toString: () => 'a' }, new String('a')],
]

test.each(hostile.map((name) => [name]))('%o is none', (name) => {
  expect(() => validateName(name)).toThrow(expect.objectContaining({ code: 'INVALID_NAME' }))
})

test('whatever passes is one harmless word: all of three characters, as no rule is about more than a pair', () => {
  const harmless = ['a', 'z', '0', '9', '.', '_', '-']
  const characters = [...harmless, '/', '\\', ' ', 'A', '\n', '\0', '@', '%', 'é']
  const longer = (names: readonly string[]) => names.flatMap((name) => characters.map((character) => name + character))
  const [one, two, three] = [longer(['']), longer(longer([''])), longer(longer(longer([''])))]
  const names = ['', ...one, ...two, ...three]
  const expected = names.filter((name) => {
    const [first = '', ...rest] = name
    const isWord = 'az09'.includes(first) && rest.every((character) => harmless.includes(character))
    return name !== '' && isWord && !name.includes('..')
  })
  const reasons = new Set<unknown>()
  const passed = names.filter((name) => {
    try {
      return validateName(name) === name
    } catch (error) {
      reasons.add((error as PgforkError).code)
      return false
    }
  })
  expect(passed).toEqual(expected)
  expect([...reasons]).toEqual(['INVALID_NAME'])
  expect([names.length, passed.length]).toEqual([4369, 224])
})
