import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readArchives, walArchives } from './archives.ts'

test('folders are recorded as whole paths, since a reset may be made in another folder; commands are in no record', () => {
  const restoreCommand = 'cp /archive/%f "%p"'
  expect(readArchives(['archive', '/srv/archive', { restoreCommand }])).toEqual({
    folders: [resolve('archive'), '/srv/archive'],
    commands: [restoreCommand],
  })
  expect(readArchives('archive').folders).toEqual([resolve('archive')])
  expect(readArchives(undefined)).toEqual({ folders: [], commands: undefined })
})

test.each([
  { restoreCommand: 'KEY=top-secret fetch %f' },
  [{ restoreCommand: 'KEY=top-secret fetch %f %p', timeout: 1 }],
  { restoreComand: 'KEY=top-secret fetch %f %p' },
])('a command that is refused stands in no error, since it may hold a secret', (given) => {
  let thrown: unknown
  try {
    walArchives(given, 'wal', 'createFork')
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining('%f and %p') })
  expect(JSON.stringify(thrown)).not.toContain('top-secret')
})
