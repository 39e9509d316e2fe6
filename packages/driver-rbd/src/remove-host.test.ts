import { expect, test } from 'vitest'
import { defaultHost, earlierDefaultHost } from './default-host.ts'
import { removeHost } from './remove-host.ts'

test.each([
  ['now', defaultHost()],
  ['before', earlierDefaultHost()],
])('H99: a host does not take itself for a dead one by the name that it has %s', async (_, name) => {
  await expect(removeHost(name, { volumes: [] })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringContaining(name),
  })
})

test('a host may be told to have another name, which then is its own', async () => {
  await expect(removeHost('db-x', { volumes: [], host: 'db-x' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  expect(await removeHost('db-y', { volumes: [], host: 'db-x' })).toEqual([])
})
