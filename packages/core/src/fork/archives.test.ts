import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readArchives } from './archives.ts'

test('folders are recorded as whole paths, since a reset may be made in another folder; commands are in no record', () => {
  const restoreCommand = 'cp /archive/%f "%p"'
  expect(readArchives(['archive', '/srv/archive', { restoreCommand }])).toEqual({
    folders: [resolve('archive'), '/srv/archive'],
    commands: [restoreCommand],
  })
  expect(readArchives('archive').folders).toEqual([resolve('archive')])
  expect(readArchives(undefined)).toEqual({ folders: [], commands: undefined })
})
