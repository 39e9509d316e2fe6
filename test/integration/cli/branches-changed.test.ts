import { once } from 'node:events'
import { mkdir, rename, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeBranches } from './branch-workbench.ts'

await describeBranches((bench, at) => {
  test('a fork that has such a name by chance is not taken for that of a branch', async () => {
    const { repository } = at
    const { name } = await at.create(repository)
    await at.git(repository, 'checkout', '--quiet', '-b', 'other')
    await at.git(repository, 'branch', '--quiet', '-D', 'main')
    await bench.pgfork(['destroy', name, '-y'])
    expect(await bench.pgfork(['create', '--name', name, '--quiet'])).toMatchObject({ status: 0 })
    expect((await at.gc()).garbage).toMatchObject([{ kind: 'record', name }])
    expect(await at.names()).toEqual([name])
  })

  test('without a branch a worktree has a fork, and a branch without a commit, too', async () => {
    const { folder, repository } = at
    const worktree = join(folder, 'detached')
    await at.git(repository, 'worktree', 'add', '--quiet', '--detach', worktree)
    const detached = await at.create(worktree)
    expect(detached).toMatchObject({ name: expect.stringMatching(/^shop-detached-/), forBranch: { branch: null } })
    const fresh = join(folder, 'fresh')
    await mkdir(fresh)
    await at.git(fresh, 'init', '--quiet', '--initial-branch=böse/"zweig"')
    const unborn = await at.create(fresh)
    expect(unborn).toMatchObject({ name: expect.stringMatching(/^fresh-b-se-zweig-/) })
    expect((await at.gc()).garbage).toEqual([])
    await at.git(repository, 'worktree', 'remove', worktree)
    expect((await at.gc()).garbage).toMatchObject([{ name: detached.name }])
    expect(await at.names()).toEqual([unborn.name])
  })

  test('where another program has the port, the next one is taken, and kept', async () => {
    const { repository } = at
    const { name, port } = await at.create(repository)
    await bench.pgfork(['destroy', name, '-y'])
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    const other = await at.create(repository).finally(() => server.close())
    expect(other.port).not.toBe(port)
    await bench.pgfork(['destroy', name, '-y'])
    expect(await at.create(repository)).toMatchObject({ name, port: other.port })
  })

  test('H72: a repository that is moved keeps its fork, and one that is not there keeps it from gc', async () => {
    const { folder, repository } = at
    const { name, port } = await at.create(repository)
    const moved = join(folder, 'store')
    await rename(repository, moved)
    expect(await at.gc()).toEqual({
      garbage: [],
      warnings: [expect.stringContaining(`${repository}/.git is not there`)],
    })
    for (const _ of [1, 2])
      expect(await at.create(moved)).toMatchObject({ name, port, forBranch: { worktree: moved, isNew: false } })
    expect(await at.gc()).toEqual({ garbage: [], warnings: [] })
    await rm(moved, { recursive: true })
    expect((await at.gc()).warnings).toHaveLength(1)
    expect(await at.names()).toEqual([name])
  })

  test('a branch that is renamed keeps its fork, also twice; one of its old name gets another', async () => {
    const { repository } = at
    const { name, port } = await at.create(repository)
    await at.git(repository, 'branch', '--move', 'main', 'trunk')
    await at.git(repository, 'branch', '--move', 'trunk', 'stem')
    const { garbage, warnings } = await at.gc()
    expect({ garbage, warnings }).toEqual({
      garbage: [],
      warnings: [expect.stringContaining('its branch refs/heads/main was renamed to refs/heads/stem')],
    })
    for (const _ of [1, 2])
      expect(await at.create(repository)).toMatchObject({
        name,
        port,
        forBranch: { branch: 'refs/heads/stem', isNew: false },
      })
    expect(await at.gc()).toEqual({ garbage: [], warnings: [] })
    await at.git(repository, 'checkout', '--quiet', '-b', 'main')
    const other = await at.create(repository)
    expect(other.name).not.toBe(name)
    await at.git(repository, 'branch', '--quiet', '-D', 'stem')
    expect((await at.gc()).garbage).toMatchObject([{ name, reason: 'its branch refs/heads/stem is gone' }])
    expect(await at.names()).toEqual([other.name])
  })

  test('H72: a repository that nobody can look into keeps its forks, and no others from gc', async () => {
    const { folder, repository } = at
    await at.create(repository)
    const worktree = join(folder, 'login')
    await at.git(repository, 'worktree', 'add', '--quiet', '-b', 'login', worktree)
    await at.create(worktree)
    // As with a mount that keeps even root out: there is something, and it can't be reached.
    for (const path of [join(repository, '.git', 'worktrees'), repository]) {
      await rename(path, `${path}.moved`)
      await symlink(path, path)
      const { garbage, warnings } = await at.gc()
      expect(garbage).toEqual([])
      expect(warnings).toContainEqual(expect.stringContaining('ELOOP'))
      await rm(path)
      await rename(`${path}.moved`, path)
    }
    expect(await at.names()).toHaveLength(2)
  })
})
