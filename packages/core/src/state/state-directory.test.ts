import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStateDirectory } from './state-directory.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgfork-test-state-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const unusable = (path: string, reason: string) => ({
  code: 'STATE_UNUSABLE',
  facts: { path },
  message: expect.stringContaining(reason),
})

test('it is made with its folders, private whatever the umask, and opened again', async () => {
  const before = process.umask(0)
  try {
    const path = join(folder, 'a/b/state')
    const state = await openStateDirectory(path)
    expect(await openStateDirectory(path)).toEqual(state)
    for (const each of Object.values(state)) expect((await stat(each)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o700)
  } finally {
    process.umask(before)
  }
})

test('many that open it at once agree', async () => {
  const path = join(folder, 'state')
  const opened = await Promise.all(Array.from({ length: 20 }, () => openStateDirectory(path)))
  expect(new Set(opened.map((state) => state.path))).toEqual(new Set([path]))
})

test('a symbolic link is refused, for it and for every folder in it', async () => {
  const elsewhere = join(folder, 'elsewhere')
  await mkdir(elsewhere, { mode: 0o700 })
  const link = join(folder, 'link')
  await symlink(elsewhere, link)
  await expect(openStateDirectory(link)).rejects.toMatchObject(unusable(link, 'is no directory'))
  for (const name of ['forks', 'snapshots', 'ports', 'timelines']) {
    const path = join(folder, `state-of-${name}`)
    await mkdir(path, { mode: 0o700 })
    await symlink(elsewhere, join(path, name))
    await expect(openStateDirectory(path)).rejects.toMatchObject(unusable(join(path, name), 'is no directory'))
  }
  expect(await readdir(elsewhere)).toEqual([])
})

test.each([0o701, 0o710, 0o750, 0o770, 0o755, 0o777, 0o1777])(
  'one that others may enter (mode %o) is refused',
  async (mode) => {
    const path = join(folder, 'state')
    await openStateDirectory(path)
    await chmod(path, mode)
    await expect(openStateDirectory(path)).rejects.toMatchObject(unusable(path, 'give it mode 0700'))
    await chmod(path, 0o700)
    await chmod(join(path, 'ports'), mode)
    await expect(openStateDirectory(path)).rejects.toMatchObject(unusable(join(path, 'ports'), 'give it mode 0700'))
  },
)

test.skipIf(process.geteuid?.() !== 0)("another user's is refused", async () => {
  const path = join(folder, 'state')
  await mkdir(path, { mode: 0o700 })
  await chown(path, 65_534, 65_534)
  await expect(openStateDirectory(path)).rejects.toMatchObject(unusable(path, 'belongs to user 65534'))
  expect(await readdir(path)).toEqual([])
})

test('a file in its place, and a place that cannot be', async () => {
  const path = join(folder, 'file')
  await writeFile(path, '')
  await expect(openStateDirectory(path)).rejects.toMatchObject(unusable(path, 'is no directory'))
  await expect(openStateDirectory(join(path, 'below'))).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
})

test('an empty choice is none', async () => {
  const before = { ...process.env }
  const path = join(folder, 'from-environment')
  try {
    process.env.PGFORK_STATE_DIRECTORY = path
    expect((await openStateDirectory('')).path).toBe(path)
    process.env.PGFORK_STATE_DIRECTORY = ''
    process.env.XDG_STATE_HOME = ''
    const expected = process.geteuid?.() === 0 ? '/var/lib/pgfork' : join(homedir(), '.local/state/pgfork')
    const opened = await openStateDirectory().then(
      (state) => state.path,
      (error: { facts?: { path?: string } }) => error.facts?.path,
    )
    expect(opened).toContain(expected)
  } finally {
    for (const name of ['PGFORK_STATE_DIRECTORY', 'XDG_STATE_HOME']) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
})
