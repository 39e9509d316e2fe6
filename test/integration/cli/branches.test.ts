import { once } from 'node:events'
import { chown, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { listForks } from '@pgfork/core'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { runner } from '../../support/system/runner.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeCommand } from './describe-command.ts'

interface Made {
  readonly name: string
  readonly port: number
  readonly isRunning: boolean
  readonly forBranch: { readonly worktree: string; readonly branch: string | null; readonly isNew: boolean }
}

await describeCommand('btrfs', (bench) => {
  let folder: string
  let repository: string

  const git = (cwd: string, ...words: string[]) =>
    execa('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...words], {
      ...{
        cwd,
        env: { ...bench.environment, GIT_CONFIG_GLOBAL: '/dev/null', PATH: `${folder}/bin:${process.env.PATH}` },
      },
    })
  const create = async (cwd: string, environment: Readonly<Record<string, string>> = {}) => {
    const { status, stdout } = await bench.pgfork(['create', '--for-branch', '--json'], { cwd, environment })
    expect(status, stdout).toBe(0)
    return JSON.parse(stdout) as Made
  }
  const gc = async (...words: string[]) => {
    const { status, stdout } = await bench.pgfork(['gc', '--json', ...words])
    expect(status, stdout).toBe(0)
    return JSON.parse(stdout) as { garbage: { kind: string; name: string; reason: string }[]; warnings: string[] }
  }
  const names = async () => (await listForks(bench.options)).map(({ name }) => name)

  beforeEach(async () => {
    folder = await makeWorkFolder('branches')
    repository = join(folder, 'shop')
    await mkdir(join(folder, 'bin'))
    await mkdir(repository)
    await git(repository, 'init', '--quiet', '--initial-branch=main')
    await git(repository, 'commit', '--quiet', '--allow-empty', '--message=first')
  })
  afterEach(async () => {
    for (const name of await names()) {
      await bench.pgfork(['protect', name, '--off'])
      expect(await bench.pgfork(['destroy', name, '-y'])).toMatchObject({ status: 0 })
    }
    await rm(join(bench.stateDirectory, 'branches'), { recursive: true, force: true })
    await rm(join(bench.stateDirectory, 'locks'), { recursive: true, force: true })
    await rm(folder, { recursive: true })
    await expectNothingLeft(bench)
  })

  test('each branch and each worktree has a fork, all at once, and the same one each time', async () => {
    const main = await create(repository)
    expect(main).toMatchObject({
      name: expect.stringMatching(/^shop-main-[0-9a-f]{8}$/),
      forBranch: { worktree: repository, branch: 'refs/heads/main', isNew: true },
    })
    const worktree = join(folder, 'login')
    await git(repository, 'worktree', 'add', '--quiet', '-b', 'feature/login', worktree)
    const login = await create(worktree)
    expect(login).toMatchObject({ name: expect.stringMatching(/^shop-feature-login-/) })
    await git(repository, 'checkout', '--quiet', '-b', 'other')
    const other = await create(repository)
    expect(new Set([main, login, other].map(({ port }) => port)).size).toBe(3)
    expect((await listForks(bench.options)).map(({ name, isRunning }) => [name, isRunning])).toEqual(
      [main, login, other].map(({ name }) => [name, true]),
    )

    await bench.pgfork(['stop', login.name])
    await mkdir(join(worktree, 'deep'))
    const again = await create(join(worktree, 'deep'))
    expect(again).toMatchObject({ name: login.name, port: login.port, isRunning: true, forBranch: { isNew: false } })
    await bench.pgfork(['destroy', login.name, '-y'])
    expect(await create(worktree)).toMatchObject({ name: login.name, port: login.port, forBranch: { isNew: true } })
    expect((await bench.pgfork(['url', '--for-branch', '--tcp'], { cwd: worktree })).stdout).toBe(
      `postgresql://postgres@127.0.0.1:${login.port}/postgres`,
    )
    await git(repository, 'checkout', '--quiet', '-b', 'none')
    for (const [words, status] of [
      [['--for-branch'], 3],
      [['--for-branch', login.name], 2],
      [[], 2],
    ] as const)
      expect(await bench.pgfork(['url', ...words], { cwd: repository })).toMatchObject({ status, stdout: '' })
    expect((await gc()).garbage).toEqual([])
  })

  test('two that are asked for at once are one, and what was left unfinished is made again', async () => {
    const both = await Promise.all([create(repository), create(repository)])
    expect(both.map(({ forBranch }) => forBranch.isNew).sort()).toEqual([false, true])
    expect(new Set(both.map(({ name, port }) => `${name} ${port}`)).size).toBe(1)
    const [{ name }] = both
    await bench.pgfork(['destroy', name, '-y'])
    const child = execa(process.execPath, [bench.commandPath, 'create', '--for-branch'], {
      ...{ cwd: repository, env: bench.environment, reject: false, stdin: 'ignore' },
    })
    child.stderr.on('data', (text) => {
      if (String(text).includes('clone')) child.kill('SIGKILL')
    })
    expect(await child).toMatchObject({ signal: 'SIGKILL' })
    expect(await create(repository)).toMatchObject({ name, isRunning: true, forBranch: { isNew: true } })
  })

  test('where there is no room to note that it was made, it is the fork of the branch all the same', async () => {
    const records = join(bench.stateDirectory, 'branches')
    await mkdir(records, { recursive: true, mode: 0o700 })
    const mount = (options: string) => runner.run('mount', ['-t', 'tmpfs', '-o', options, 'records', records])
    // Room for the folder and one file: for the record, and not for the one that replaces it.
    await mount('mode=0700,nr_inodes=2')
    try {
      const failed = await bench.pgfork(['create', '--for-branch', '--json'], { cwd: repository })
      expect(failed.json()).toMatchObject({ error: { code: 'NO_SPACE' } })
      await mount('remount,nr_inodes=100')
      expect(await create(repository)).toMatchObject({ forBranch: { isNew: false } })
      expect((await gc()).garbage).toEqual([])
    } finally {
      await runner.run('umount', [records])
    }
  })

  test('gc removes the fork of a branch or worktree that is gone, and no other', async () => {
    const main = await create(repository)
    const worktree = join(folder, 'login')
    await git(repository, 'worktree', 'add', '--quiet', '-b', 'login', worktree)
    const login = await create(worktree)
    await git(repository, 'checkout', '--quiet', '-b', 'brief')
    const brief = await create(repository)
    await git(repository, 'checkout', '--quiet', '-b', 'kept')
    const kept = await create(repository)
    await bench.pgfork(['protect', kept.name])
    await git(repository, 'checkout', '--quiet', 'main')
    await git(repository, 'branch', '--quiet', '-D', 'brief', 'kept')
    await git(repository, 'worktree', 'remove', worktree)

    const gone = [
      { kind: 'fork', name: brief.name, reason: 'its branch refs/heads/brief is gone' },
      { kind: 'fork', name: login.name, reason: `its worktree ${worktree} is gone` },
    ]
    const found = async (...words: string[]) =>
      (await gc(...words)).garbage.map(({ kind, name, reason }) => ({ kind, name, reason })).sort(byName)
    expect(await found('--dry-run')).toEqual(gone)
    expect(await names()).toHaveLength(4)
    expect(await found()).toEqual(gone)
    expect((await names()).sort()).toEqual([kept.name, main.name].sort())
  })

  test('a fork that has such a name by chance is not taken for that of a branch', async () => {
    const { name } = await create(repository)
    await git(repository, 'checkout', '--quiet', '-b', 'other')
    await git(repository, 'branch', '--quiet', '-D', 'main')
    await bench.pgfork(['destroy', name, '-y'])
    expect(await bench.pgfork(['create', '--name', name, '--quiet'])).toMatchObject({ status: 0 })
    expect((await gc()).garbage).toMatchObject([{ kind: 'record', name }])
    expect(await names()).toEqual([name])
  })

  test('without a branch a worktree has a fork, and a branch without a commit, too', async () => {
    const worktree = join(folder, 'detached')
    await git(repository, 'worktree', 'add', '--quiet', '--detach', worktree)
    const detached = await create(worktree)
    expect(detached).toMatchObject({ name: expect.stringMatching(/^shop-detached-/), forBranch: { branch: null } })
    const fresh = join(folder, 'fresh')
    await mkdir(fresh)
    await git(fresh, 'init', '--quiet', '--initial-branch=böse/"zweig"')
    const unborn = await create(fresh)
    expect(unborn).toMatchObject({ name: expect.stringMatching(/^fresh-b-se-zweig-/) })
    expect((await gc()).garbage).toEqual([])
    await git(repository, 'worktree', 'remove', worktree)
    expect((await gc()).garbage).toMatchObject([{ name: detached.name }])
    expect(await names()).toEqual([unborn.name])
  })

  test('where another program has the port, the next one is taken, and kept', async () => {
    const { name, port } = await create(repository)
    await bench.pgfork(['destroy', name, '-y'])
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    const other = await create(repository).finally(() => server.close())
    expect(other.port).not.toBe(port)
    await bench.pgfork(['destroy', name, '-y'])
    expect(await create(repository)).toMatchObject({ name, port: other.port })
  })

  test('H72: a repository that is moved keeps its fork, and one that is not there keeps it from gc', async () => {
    const { name, port } = await create(repository)
    const moved = join(folder, 'store')
    await rename(repository, moved)
    expect(await gc()).toEqual({ garbage: [], warnings: [expect.stringContaining(`${repository}/.git is not there`)] })
    for (const _ of [1, 2])
      expect(await create(moved)).toMatchObject({ name, port, forBranch: { worktree: moved, isNew: false } })
    expect(await gc()).toEqual({ garbage: [], warnings: [] })
    await rm(moved, { recursive: true })
    expect((await gc()).warnings).toHaveLength(1)
    expect(await names()).toEqual([name])
  })

  test('a branch that is renamed keeps its fork, also twice; one of its old name gets another', async () => {
    const { name, port } = await create(repository)
    await git(repository, 'branch', '--move', 'main', 'trunk')
    await git(repository, 'branch', '--move', 'trunk', 'stem')
    const { garbage, warnings } = await gc()
    expect({ garbage, warnings }).toEqual({
      garbage: [],
      warnings: [expect.stringContaining('its branch refs/heads/main was renamed to refs/heads/stem')],
    })
    for (const _ of [1, 2])
      expect(await create(repository)).toMatchObject({
        name,
        port,
        forBranch: { branch: 'refs/heads/stem', isNew: false },
      })
    expect(await gc()).toEqual({ garbage: [], warnings: [] })
    await git(repository, 'checkout', '--quiet', '-b', 'main')
    const other = await create(repository)
    expect(other.name).not.toBe(name)
    await git(repository, 'branch', '--quiet', '-D', 'stem')
    expect((await gc()).garbage).toMatchObject([{ name, reason: 'its branch refs/heads/stem is gone' }])
    expect(await names()).toEqual([other.name])
  })

  test('H72: a repository that nobody can look into keeps its forks, and no others from gc', async () => {
    await create(repository)
    const worktree = join(folder, 'login')
    await git(repository, 'worktree', 'add', '--quiet', '-b', 'login', worktree)
    await create(worktree)
    // As with a mount that keeps even root out: there is something, and it can't be reached.
    for (const path of [join(repository, '.git', 'worktrees'), repository]) {
      await rename(path, `${path}.moved`)
      await symlink(path, path)
      const { garbage, warnings } = await gc()
      expect(garbage).toEqual([])
      expect(warnings).toContainEqual(expect.stringContaining('ELOOP'))
      await rm(path)
      await rename(`${path}.moved`, path)
    }
    expect(await names()).toHaveLength(2)
  })

  test("H62: git neither reads nor runs what another user's repository names", async () => {
    const uid = 65_534
    const proof = join(folder, 'proof')
    const program = join(folder, 'program')
    await writeFile(program, `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 })
    for (const name of ['core.fsmonitor', 'gpg.program', 'core.sshCommand'])
      await git(repository, 'config', name, program)
    await git(repository, 'config', 'log.showSignature', 'true')
    const { stdout: unsigned } = await git(repository, 'cat-file', 'commit', 'HEAD')
    const signature = '\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n\n'
    const hashing = ['-C', repository, 'hash-object', '-t', 'commit', '-w', '--stdin']
    const { stdout: commit } = await execa('git', hashing, { input: unsigned.replace('\n\n', signature) })
    await git(repository, 'update-ref', 'HEAD', commit)
    // What is missing of a partial clone git would fetch, by the program.
    for (const setting of ['url ssh://nowhere/', 'promisor true'])
      await git(repository, 'config', ...`remote.far.${setting}`.split(' '))
    await git(repository, 'config', 'core.repositoryFormatVersion', '1')
    await git(repository, 'config', 'extensions.partialClone', 'far')
    for (const path of await readdir(folder, { recursive: true })) await chown(join(folder, path), uid, uid)
    await chown(folder, uid, uid)
    const refused = await bench.pgfork(['create', '--for-branch', '--json'], { cwd: repository })
    expect(refused).toMatchObject({ status: 1, stderr: '' })
    expect(refused.json()).toMatchObject({ error: { code: 'PERMISSION_DENIED', hazard: 'H62' } })
    const sudo = { SUDO_UID: String(uid), SUDO_GID: String(uid) }
    const { name } = await create(repository, sudo)
    expect(await readdir(folder)).not.toContain('proof')
    expect(
      (await bench.pgfork(['config', 'git', '--json'], { cwd: repository, environment: sudo })).json(),
    ).toMatchObject({
      error: { code: 'INVALID_OPTION' },
    })
    const object = join(repository, '.git', 'objects', commit.slice(0, 2), commit.slice(2))
    await rename(object, `${object}.moved`)
    expect(await gc()).toMatchObject({ garbage: [], warnings: [expect.stringContaining("git can't look")] })
    expect(await readdir(folder)).not.toContain('proof')
    await rename(`${object}.moved`, object)
    await execa('git', ['-C', repository, 'checkout', '--quiet', '-b', 'other'], { uid, gid: uid, env: { HOME: '/' } })
    await execa('git', ['-C', repository, 'branch', '--quiet', '-D', 'main'], { uid, gid: uid, env: { HOME: '/' } })
    await rm(proof, { force: true })
    expect((await gc()).garbage).toMatchObject([{ kind: 'fork', name }])
    expect(await readdir(folder)).not.toContain('proof')
  })

  test('outside of a worktree, or with a name as well, nothing is made', async () => {
    for (const [words, cwd] of [
      [[], folder],
      [[], join(repository, '.git')],
      [['--name', 'mine'], repository],
    ] as const)
      expect((await bench.pgfork(['create', '--for-branch', ...words, '--json'], { cwd })).json()).toMatchObject({
        error: { code: 'INVALID_OPTION' },
      })
    expect(await names()).toEqual([])
  })

  test('config git installs a hook that makes them, on request, and never in the place of another one', async () => {
    const shim = `#!/bin/sh\nexec '${process.execPath}' '${bench.commandPath}' "$@"\n`
    await writeFile(join(folder, 'bin', 'pgfork'), shim, { mode: 0o755 })
    const hook = join(repository, '.git', 'hooks', 'post-checkout')
    const config = async (...words: string[]) =>
      bench.pgfork(['config', 'git', '--json', ...words], { cwd: repository })
    await writeFile(hook, '#!/bin/sh\n')
    const refused = await config()
    expect(refused).toMatchObject({ status: 4 })
    expect(refused.json()).toMatchObject({ error: { code: 'TARGET_EXISTS' } })
    expect(await config('--remove')).toMatchObject({ status: 4 })
    expect(await readFile(hook, 'utf8')).toBe('#!/bin/sh\n')
    await rm(hook)

    expect((await config()).json()).toEqual({ hook, isInstalled: true })
    expect(await config()).toMatchObject({ status: 0 })
    await git(repository, 'checkout', '--quiet', '-b', 'hooked')
    const worktree = join(folder, 'tree')
    await git(repository, 'worktree', 'add', '--quiet', '-b', 'tree', worktree)
    await git(repository, 'checkout', '--quiet', '--detach')
    expect(await names()).toEqual([
      expect.stringMatching(/^shop-hooked-[0-9a-f]{8}$/),
      expect.stringMatching(/^shop-tree-[0-9a-f]{8}$/),
    ])
    expect((await config('--remove')).json()).toEqual({ hook, isInstalled: false })
    expect(await readdir(join(repository, '.git', 'hooks'))).not.toContain('post-checkout')
  })
})

const byName = (one: { readonly name: string }, other: { readonly name: string }) => one.name.localeCompare(other.name)
