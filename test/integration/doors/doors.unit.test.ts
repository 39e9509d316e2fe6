import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listExports } from '../../../scripts/list-exports.ts'

const root = join(import.meta.dirname, '../../..')
const { doors, forgotten, undocumented } = await listExports()

test('each door exports what exports.txt says; after a change on purpose, run this with -u', async () => {
  const list = doors.map(({ specifier, exports }) => [specifier, ...exports.map((name) => `  ${name}`), ''].join('\n'))
  await expect(list.join('\n')).toMatchFileSnapshot('exports.txt')
})

test('whatever type an export mentions is exported as well', () => {
  expect(forgotten).toEqual([])
})

test('whatever is exported says what it is, and every option what it does', () => {
  expect(undocumented).toEqual([])
})

test.each([
  ['@pgfork/core/driver', /^driver-/],
  ['@pgfork/core/companion', /^(testing|cli|containers)$/],
])('%s exports nothing that no package uses', (specifier, users) => {
  const directories = readdirSync(join(root, 'packages')).filter((name) => users.test(name))
  const sources = directories.flatMap((name) => readSources(join(root, 'packages', name, 'src'))).join('\n')
  const imports = [...sources.matchAll(new RegExp(`import [^;']*? from '${specifier}'`, 'g'))].join('\n')
  const values = doors.find((door) => door.specifier === specifier)?.exports.filter((name) => !/ /.test(name)) ?? []
  expect(values.length).toBeGreaterThan(0)
  expect(values.filter((name) => !new RegExp(`\\b${name}\\b`).test(imports))).toEqual([])
})

function readSources(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
}
