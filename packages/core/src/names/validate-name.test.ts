import { expect, test } from 'vitest'
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

test('whatever passes is one harmless word: fuzzed', () => {
  const characters = ['a', 'z', '0', '9', '.', '_', '-', '/', '\\', ' ', 'A', '\n', '\0', '@', '%', 'é']
  let seed = 1
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  let passed = 0
  for (let round = 0; round < 50_000; round++) {
    const name = Array.from({ length: random(6) }, () => characters[random(characters.length)]).join('')
    try {
      validateName(name)
      passed++
      expect(name).toMatch(/^[a-z0-9]/)
      expect(name).not.toMatch(/\.\.|[^a-z0-9._-]/)
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_NAME' })
    }
  }
  expect(passed).toBeGreaterThan(1_000)
})
