import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { listForks } from '@pgfork/core'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { byExtent } from '../../support/extent.ts'
import { runner } from '../../support/system/runner.ts'
import { describeBranches } from './branch-workbench.ts'

await describeBranches((bench, at) => {
  test('each branch and each worktree has a fork, all at once, and the same one each time', async () => {
    const { folder, repository } = at
    const main = await at.create(repository)
    expect(main).toMatchObject({
      name: expect.stringMatching(/^shop-main-[0-9a-f]{8}$/),
      forBranch: { worktree: repository, branch: 'refs/heads/main', isNew: true },
    })
    const worktree = join(folder, 'login')
    await at.git(repository, 'worktree', 'add', '--quiet', '-b', 'feature/login', worktree)
    const login = await at.create(worktree)
    expect(login).toMatchObject({ name: expect.stringMatching(/^shop-feature-login-/) })
    await at.git(repository, 'checkout', '--quiet', '-b', 'other')
    const other = await at.create(repository)
    expect(new Set([main, login, other].map(({ port }) => port)).size).toBe(3)
    expect((await listForks(bench.options)).map(({ name, isRunning }) => [name, isRunning])).toEqual(
      [main, login, other].map(({ name }) => [name, true]),
    )

    await bench.pgfork(['stop', login.name])
    await mkdir(join(worktree, 'deep'))
    const again = await at.create(join(worktree, 'deep'))
    expect(again).toMatchObject({ name: login.name, port: login.port, isRunning: true, forBranch: { isNew: false } })
    await bench.pgfork(['destroy', login.name, '-y'])
    expect(await at.create(worktree)).toMatchObject({ name: login.name, port: login.port, forBranch: { isNew: true } })
    expect((await bench.pgfork(['url', '--for-branch', '--tcp'], { cwd: worktree })).stdout).toBe(
      `postgresql://postgres@127.0.0.1:${login.port}/postgres`,
    )
    await at.git(repository, 'checkout', '--quiet', '-b', 'none')
    for (const [words, status] of [
      [['--for-branch'], 3],
      [['--for-branch', login.name], 2],
      [[], 2],
    ] as const)
      expect(await bench.pgfork(['url', ...words], { cwd: repository })).toMatchObject({ status, stdout: '' })
    expect((await at.gc()).garbage).toEqual([])
  })

  test('gc removes the fork of a branch or worktree that is gone, and no other', async () => {
    const { folder, repository } = at
    const main = await at.create(repository)
    const worktree = join(folder, 'login')
    await at.git(repository, 'worktree', 'add', '--quiet', '-b', 'login', worktree)
    const login = await at.create(worktree)
    await at.git(repository, 'checkout', '--quiet', '-b', 'brief')
    const brief = await at.create(repository)
    await at.git(repository, 'checkout', '--quiet', '-b', 'kept')
    const kept = await at.create(repository)
    await bench.pgfork(['protect', kept.name])
    await at.git(repository, 'checkout', '--quiet', 'main')
    await at.git(repository, 'branch', '--quiet', '-D', 'brief', 'kept')
    await at.git(repository, 'worktree', 'remove', worktree)

    const gone = [
      { kind: 'fork', name: brief.name, reason: 'its branch refs/heads/brief is gone' },
      { kind: 'fork', name: login.name, reason: `its worktree ${worktree} is gone` },
    ]
    const found = async (...words: string[]) =>
      (await at.gc(...words)).garbage.map(({ kind, name, reason }) => ({ kind, name, reason })).sort(byName)
    expect(await found('--dry-run')).toEqual(gone)
    expect(await at.names()).toHaveLength(4)
    expect(await found()).toEqual(gone)
    expect((await at.names()).sort()).toEqual([kept.name, main.name].sort())
  })

  test("H62: git neither reads nor runs what another user's repository names", async () => {
    const { folder, repository } = at
    const uid = 65_534
    const proof = join(folder, 'proof')
    const program = join(folder, 'program')
    await writeFile(program, `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 })
    for (const name of ['core.fsmonitor', 'gpg.program', 'core.sshCommand'])
      await at.git(repository, 'config', name, program)
    await at.git(repository, 'config', 'log.showSignature', 'true')
    const { stdout: unsigned } = await at.git(repository, 'cat-file', 'commit', 'HEAD')
    const signature = '\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n\n'
    const hashing = ['-C', repository, 'hash-object', '-t', 'commit', '-w', '--stdin']
    const { stdout: commit } = await execa('git', hashing, { input: unsigned.replace('\n\n', signature) })
    await at.git(repository, 'update-ref', 'HEAD', commit)
    // What is missing of a partial clone git would fetch, by the program.
    for (const setting of ['url ssh://nowhere/', 'promisor true'])
      await at.git(repository, 'config', ...`remote.far.${setting}`.split(' '))
    await at.git(repository, 'config', 'core.repositoryFormatVersion', '1')
    await at.git(repository, 'config', 'extensions.partialClone', 'far')
    for (const path of await readdir(folder, { recursive: true })) await chown(join(folder, path), uid, uid)
    await chown(folder, uid, uid)
    const refused = await bench.pgfork(['create', '--for-branch', '--json'], { cwd: repository })
    expect(refused).toMatchObject({ status: 1, stderr: '' })
    expect(refused.json()).toMatchObject({ error: { code: 'PERMISSION_DENIED', hazard: 'H62' } })
    const sudo = { SUDO_UID: String(uid), SUDO_GID: String(uid) }
    const { name } = await at.create(repository, sudo)
    expect(await readdir(folder)).not.toContain('proof')
    expect(
      (await bench.pgfork(['config', 'git', '--json'], { cwd: repository, environment: sudo })).json(),
    ).toMatchObject({
      error: { code: 'INVALID_OPTION' },
    })
    const object = join(repository, '.git', 'objects', commit.slice(0, 2), commit.slice(2))
    await rename(object, `${object}.moved`)
    expect(await at.gc()).toMatchObject({ garbage: [], warnings: [expect.stringContaining("git can't look")] })
    expect(await readdir(folder)).not.toContain('proof')
    await rename(`${object}.moved`, object)
    await execa('git', ['-C', repository, 'checkout', '--quiet', '-b', 'other'], { uid, gid: uid, env: { HOME: '/' } })
    await execa('git', ['-C', repository, 'branch', '--quiet', '-D', 'main'], { uid, gid: uid, env: { HOME: '/' } })
    await rm(proof, { force: true })
    expect((await at.gc()).garbage).toMatchObject([{ kind: 'fork', name }])
    expect(await readdir(folder)).not.toContain('proof')
  })

  test('outside of a worktree, or with a name as well, nothing is made', async () => {
    const { folder, repository } = at
    for (const [words, cwd] of [
      [[], folder],
      [[], join(repository, '.git')],
      [['--name', 'mine'], repository],
    ] as const)
      expect((await bench.pgfork(['create', '--for-branch', ...words, '--json'], { cwd })).json()).toMatchObject({
        error: { code: 'INVALID_OPTION' },
      })
    expect(await at.names()).toEqual([])
  })

  if (!byExtent(false, true)) return

  test('two that are asked for at once are one, and what was left unfinished is made again', async () => {
    const { repository } = at
    const both = await Promise.all([at.create(repository), at.create(repository)])
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
    expect(await at.create(repository)).toMatchObject({ name, isRunning: true, forBranch: { isNew: true } })
  })

  test('where there is no room to note that it was made, it is the fork of the branch all the same', async () => {
    const { repository } = at
    const records = join(bench.stateDirectory, 'branches')
    await mkdir(records, { recursive: true, mode: 0o700 })
    const mount = (options: string) => runner.run('mount', ['-t', 'tmpfs', '-o', options, 'records', records])
    // Room for the folder and one file: for the record, and not for the one that replaces it.
    await mount('mode=0700,nr_inodes=2')
    try {
      const failed = await bench.pgfork(['create', '--for-branch', '--json'], { cwd: repository })
      expect(failed.json()).toMatchObject({ error: { code: 'NO_SPACE' } })
      await mount('remount,nr_inodes=100')
      expect(await at.create(repository)).toMatchObject({ forBranch: { isNew: false } })
      expect((await at.gc()).garbage).toEqual([])
    } finally {
      await runner.run('umount', [records])
    }
  })

  test('config git installs a hook that makes them, on request, and never in the place of another one', async () => {
    const { folder, repository } = at
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
    await at.git(repository, 'checkout', '--quiet', '-b', 'hooked')
    const worktree = join(folder, 'tree')
    await at.git(repository, 'worktree', 'add', '--quiet', '-b', 'tree', worktree)
    await at.git(repository, 'checkout', '--quiet', '--detach')
    expect(await at.names()).toEqual([
      expect.stringMatching(/^shop-hooked-[0-9a-f]{8}$/),
      expect.stringMatching(/^shop-tree-[0-9a-f]{8}$/),
    ])
    expect((await config('--remove')).json()).toEqual({ hook, isInstalled: false })
    expect(await readdir(join(repository, '.git', 'hooks'))).not.toContain('post-checkout')
  })
})

const byName = (one: { readonly name: string }, other: { readonly name: string }) => one.name.localeCompare(other.name)
