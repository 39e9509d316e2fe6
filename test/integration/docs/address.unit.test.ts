import { expect, test } from 'vitest'
import { findAddress, originOf } from '../../../scripts/address.ts'
import { listStrayManifests } from '../../../scripts/manifests.ts'

test('all that tells where the project is follows from two lines of the workspace', () => {
  const address = findAddress({
    repository: { type: 'git', url: 'git+https://github.com/example/pgfork.git' },
    homepage: 'https://example.github.io/pgfork/',
  })
  expect(address).toEqual({
    repository: 'https://github.com/example/pgfork',
    site: 'https://example.github.io/pgfork',
  })
  expect(address && originOf(address, 'packages/core')).toEqual({
    homepage: 'https://example.github.io/pgfork',
    bugs: { url: 'https://github.com/example/pgfork/issues' },
    repository: { type: 'git', url: 'git+https://github.com/example/pgfork.git', directory: 'packages/core' },
  })
})

test.each([
  {},
  { homepage: 'https://example.org' },
  { repository: { url: 'git+https://github.com/example/pgfork.git' } },
])('without both there is none: %o', (workspace) => expect(findAddress(workspace)).toBeUndefined())

test('no package says that it comes from elsewhere', async () => {
  expect(await listStrayManifests()).toEqual([])
})
