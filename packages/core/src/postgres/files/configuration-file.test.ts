import { expect, test } from 'vitest'
import { formatConfiguration, parseConfiguration } from './configuration-file.ts'

const readValue = (text: string): string | undefined => parseConfiguration(text)[0]?.value

test.each([
  ['port = 5433', 'port', '5433'],
  ['port=5433', 'port', '5433'],
  ['port 5433', 'port', '5433'],
  ["  Port\t=\t'5433'  # comment", 'port', '5433'],
  ['work_mem = 4MB# comment', 'work_mem', '4MB'],
  ["listen_addresses = '*'\r", 'listen_addresses', '*'],
  ["pg_stat_statements.max = '10000'", 'pg_stat_statements.max', '10000'],
  ['search_path = \'"$user", public\'', 'search_path', '"$user", public'],
  ['archive_command = \'cp "%p" /x/#1/%f\'', 'archive_command', 'cp "%p" /x/#1/%f'],
  ["cluster_name = 'it''s'", 'cluster_name', "it's"],
  ["cluster_name = 'it\\'s'", 'cluster_name', "it's"],
  ["cluster_name = 'a\\\\b'", 'cluster_name', 'a\\b'],
  ["cluster_name = 'a\\n\\tb\\101'", 'cluster_name', 'a\n\tbA'],
  ["cluster_name=''", 'cluster_name', ''],
  ["include 'other.conf'", 'include', 'other.conf'],
  ["include_if_exists = 'other.conf'", 'include_if_exists', 'other.conf'],
  ["include_dir 'conf.d'", 'include_dir', 'conf.d'],
])('%j', (line, name, value) => {
  expect(parseConfiguration(line)).toEqual([{ name, value }])
})

test.each(['', '   ', '# port = 1', '#', '\t# x', 'port', '= 5', '5 = port', "port = 'open"])(
  '%j sets nothing',
  (line) => {
    expect(parseConfiguration(line)).toEqual([])
  },
)

test('entries come in their order, the same name as often as it is there', () => {
  expect(parseConfiguration('a = 1\n# b = 2\nb = 2\r\na = 3')).toEqual([
    { name: 'a', value: '1' },
    { name: 'b', value: '2' },
    { name: 'a', value: '3' },
  ])
})

const values = [
  ...['', 'plain', "'", "''", "'''", '\\', '\\\\', "\\'", "'\\", '\n', '\r', '\r\n', '\\n', '\\101', '#', ' # ', '\t'],
  ...["x'\nport = 1\n'", "';include '/etc/passwd", '$1 %p %f', 'ünïcode 𝒶', '"quoted"', ' blanks ', "a'b\\c\nd"],
]

test.each(values)('%j survives being written and read', (value) => {
  expect(readValue(formatConfiguration({ name: value }))).toBe(value)
})

test('no value leaves its line: fuzzed', () => {
  const pieces = ["'", '\\', '\n', '\r', '#', '=', ' ', 'a', '0', '7', '"', '\t', '\b', '\f']
  let seed = 7
  for (let round = 0; round < 20_000; round++) {
    let value = ''
    for (let length = round % 9; length > 0; length--) {
      seed = (seed * 48_271) % 2_147_483_647
      value += pieces[seed % pieces.length]
    }
    expect(parseConfiguration(formatConfiguration({ first: value, second: 'x' }))).toEqual([
      { name: 'first', value },
      { name: 'second', value: 'x' },
    ])
  }
})
