import { expect, test } from 'vitest'
import { identifyBranch } from './identify-branch.ts'

const identify = (branch: string | undefined, commonDirectory = '/home/ada/shop/.git', worktree = '/home/ada/shop') => {
  const { names, ports } = identifyBranch({ commonDirectory, worktree, branch })
  return { name: names[0] ?? '', names, ports }
}

test('the name tells repository and branch, and is the same each time', () => {
  expect(identify('refs/heads/main').name).toMatch(/^shop-main-[0-9a-f]{8}$/)
  expect(identify('refs/heads/main')).toEqual(identify('refs/heads/main'))
})

test.each([
  ['refs/heads/feature/Login_Page', /^shop-feature-login-page-/],
  ['refs/heads/фича', /^shop-[0-9a-f]{8}$/],
  ['refs/heads/$(touch x);`id`', /^shop-touch-x-id-[0-9a-f]{8}$/],
  [`refs/heads/${'long/'.repeat(60)}end`, /^shop-long-long-long-long-l[a-z-]*-[0-9a-f]{8}$/],
  ['refs/heads/-..-', /^shop-[0-9a-f]{8}$/],
  [undefined, /^shop-detached-[0-9a-f]{8}$/],
])('%s has a name that every storage accepts', (branch, pattern) => {
  const { name, names } = identify(branch)
  expect(name).toMatch(pattern)
  for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,47}$/)
  expect(new Set(names).size).toBe(4)
})

test('what reads alike, lies elsewhere or is another worktree has another name and port', () => {
  const all = [
    identify('refs/heads/a/b'),
    identify('refs/heads/A-b'),
    identify('refs/heads/a-b'),
    identify('refs/heads/a/b', '/home/ada/copy/shop/.git'),
    identify('refs/heads/a/b', '/home/ada/shop/.git', '/home/ada/other'),
    identify(undefined),
    identify('refs/heads/a', '/srv/bare.git', '/srv/tree'),
  ]
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  expect(new Set(all.map(({ ports }) => ports[0])).size).toBe(all.length)
})

test('ports lie below those that forks take without a wish, and there are others to try', () => {
  for (let index = 0; index < 500; index++) {
    const { ports } = identify(`refs/heads/${index}`)
    expect(new Set(ports).size).toBe(20)
    for (const port of ports) expect(port).toSatisfy((one: number) => one >= 12_000 && one < 15_000)
  }
})
