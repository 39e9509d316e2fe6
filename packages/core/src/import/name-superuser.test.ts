import { expect, test } from 'vitest'
import { nameSuperuser, refuseSuperuserIn } from './name-superuser.ts'

test('H93: the superuser of an import has a name that nobody has there, and keeps it as long as that is so', () => {
  expect(nameSuperuser([])).toBe('pgfork_import')
  expect(nameSuperuser(['pgfork_importer', 'Pgfork_import'])).toBe('pgfork_import')
  expect(nameSuperuser(['pgfork_import'])).toMatch(/^pgfork_import_[a-z0-9]{8}$/)
  expect(nameSuperuser([], 'pgfork_import_abcdefgh')).toBe('pgfork_import_abcdefgh')
  expect(nameSuperuser(['pgfork_import_abcdefgh'], 'pgfork_import_abcdefgh')).toMatch(
    /^pgfork_import_(?!abcdefgh)[a-z0-9]{8}$/,
  )
})

test('H93: a role of that name which was made meanwhile is refused', () => {
  const refused = expect.objectContaining({ code: 'SOURCE_CHANGED', hazard: 'H93' })
  for (const line of ['CREATE ROLE pgfork_import;', 'CREATE ROLE "pgfork_import";'])
    expect(() => refuseSuperuserIn(`--\nCREATE ROLE ada;\n${line}\n`, 'pgfork_import')).toThrow(refused)
  refuseSuperuserIn("CREATE ROLE pgfork_import_2;\nCOMMENT ON ROLE ada IS 'not pgfork_import';\n", 'pgfork_import')
})
