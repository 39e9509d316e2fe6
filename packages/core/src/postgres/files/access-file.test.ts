import { expect, test } from 'vitest'
import { parseAccessFile } from './access-file.ts'

const fieldsOf = (text: string, major = 15): string[][] =>
  parseAccessFile(text, major).map(({ fields }) => fields.map(({ written }) => written))
const valuesOf = (field: string): (readonly [string, boolean])[] | undefined =>
  parseAccessFile(`host ${field}`, 15)[0]?.fields[1]?.tokens.map(({ text, isQuoted }) => [text, isQuoted] as const)

test.each([
  ['host all all all md5', ['host', 'all', 'all', 'all', 'md5']],
  ['\thost  all\tall all md5 \r', ['host', 'all', 'all', 'all', 'md5']],
  ['host a,b c, d all md5', ['host', 'a,b', 'c, d', 'all', 'md5']],
  // A comma after a blank belongs to nothing.
  ['host a ,b all md5', ['host', 'a', 'b', 'all', 'md5']],
  ['host "a b" "c,d" all md5', ['host', '"a b"', '"c,d"', 'all', 'md5']],
  ['host "a#b" c all md5#comment', ['host', '"a#b"', 'c', 'all', 'md5']],
  ['host a"b c"d e all md5', ['host', 'a"b c"d', 'e', 'all', 'md5']],
  ['host all all all ldap ldapbindpasswd="a b"', ['host', 'all', 'all', 'all', 'ldap', 'ldapbindpasswd="a b"']],
  ['host all "not closed all md5', ['host', 'all', '"not closed all md5']],
  ['host all /^app_.*$ all md5', ['host', 'all', '/^app_.*$', 'all', 'md5']],
])('%j', (line, fields) => {
  expect(fieldsOf(line)).toEqual([fields])
})

test.each([
  ['all', [['all', false]]],
  ['"all"', [['all', true]]],
  ['a"ll"', [['all', false]]],
  ['"a""b"', [['a"b', true]]],
  ['""""', [['"', true]]],
  ['""', [['', true]]],
  ['a""b', [['ab', false]]],
  [
    'a,"b,c",+d',
    [
      ['a', false],
      ['b,c', true],
      ['+d', false],
    ],
  ],
  ['"@file"', [['@file', true]]],
] as const)('the values of %j', (field, values) => {
  expect(valuesOf(field)).toEqual(values)
})

test.each(['', '  ', '# host all all all md5', ' ,, ', '\r'])('%j says nothing', (line) => {
  expect(parseAccessFile(line, 15)).toEqual([])
})

test('a backslash joins lines since 14, in comments, too', () => {
  const text = 'host all \\\nall all md5\n# comment \\\nhost a a all md5\nlocal all "a\\\r\nb" trust\nhost\\'
  expect(fieldsOf(text, 14)).toEqual([
    ['host', 'all', 'all', 'all', 'md5'],
    ['local', 'all', '"ab"', 'trust'],
    ['host'],
  ])
  expect(parseAccessFile(text, 14).map(({ number }) => number)).toEqual([1, 5, 7])
  expect(fieldsOf(text, 13)[0]).toEqual(['host', 'all', '\\'])
})
