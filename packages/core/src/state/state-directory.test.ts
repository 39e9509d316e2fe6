import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
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
    const { identity, ...folders } = state
    for (const each of Object.values(folders)) expect((await stat(each)).mode & 0o777).toBe(0o700)
    expect(await readFile(join(path, 'identity'), 'utf8')).toBe(`${identity}\n`)
    expect((await stat(join(path, 'identity'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o700)
  } finally {
    process.umask(before)
  }
})

test('many that open it at once agree', async () => {
  const path = join(folder, 'state')
  const opened = await Promise.all(Array.from({ length: 20 }, () => openStateDirectory(path)))
  expect(new Set(opened.map((state) => state.path))).toEqual(new Set([path]))
  expect(new Set(opened.map((state) => state.identity)).size).toBe(1)
  expect((await readdir(path)).sort()).toEqual([
    'fetched',
    'forks',
    'histories',
    'identity',
    'imports',
    'locks',
    'ports',
    'snapshots',
    'standbys',
    'timelines',
  ])
})

test('no two directories have one identity, and one that lost its own gets another', async () => {
  const [one, other] = [await openStateDirectory(join(folder, 'one')), await openStateDirectory(join(folder, 'other'))]
  expect(one.identity).toMatch(/^[a-z0-9]{6}$/)
  expect(other.identity).not.toBe(one.identity)
  await rm(join(one.path, 'identity'))
  expect((await openStateDirectory(one.path)).identity).not.toBe(one.identity)
})

test('an identity that nobody wrote is refused, with what to do about it', async () => {
  const { path, identity } = await openStateDirectory(join(folder, 'state'))
  const file = join(path, 'identity')
  const texts = [
    '',
    '\n',
    'abcde',
    'abcdefg',
    'ABCDEF',
    'abc/ef',
    '-bcdef',
    'abcdef\n\n',
    '\0'.repeat(7),
    'a'.repeat(1e6),
  ]
  for (const text of texts) {
    await writeFile(file, text)
    await expect(openStateDirectory(path), text.slice(0, 9)).rejects.toMatchObject({
      code: 'STATE_UNUSABLE',
      message: expect.stringContaining('remove the file'),
    })
  }
  await rm(file)
  await writeFile(join(folder, 'elsewhere'), `${identity}\n`)
  await symlink(join(folder, 'elsewhere'), file)
  await expect(openStateDirectory(path)).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
  await rm(file)
  await mkdir(file)
  await expect(openStateDirectory(path)).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
})

test('a symbolic link is refused, for it and for every folder in it', async () => {
  const elsewhere = join(folder, 'elsewhere')
  await mkdir(elsewhere, { mode: 0o700 })
  const link = join(folder, 'link')
  await symlink(elsewhere, link)
  await expect(openStateDirectory(link)).rejects.toMatchObject(unusable(link, 'is not a directory'))
  for (const name of ['forks', 'snapshots', 'ports', 'timelines', 'locks']) {
    const path = join(folder, `state-of-${name}`)
    await mkdir(path, { mode: 0o700 })
    await symlink(elsewhere, join(path, name))
    await expect(openStateDirectory(path)).rejects.toMatchObject(unusable(join(path, name), 'is not a directory'))
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
  await expect(openStateDirectory(path)).rejects.toMatchObject(unusable(path, 'is not a directory'))
  await symlink(join(folder, 'nowhere'), join(folder, 'link'))
  for (const place of [join(path, 'below'), join(folder, 'link', 'state'), '/proc/pgfork', '/proc/pgfork/state'])
    await expect(openStateDirectory(place)).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
})

test.each(['', 'state', './state'])('an empty choice is none, nor is %j for all programs', async (given) => {
  const before = { ...process.env }
  const path = join(folder, 'from-environment')
  try {
    process.env.PGFORK_STATE_DIRECTORY = path
    expect((await openStateDirectory('')).path).toBe(path)
    process.env.PGFORK_STATE_DIRECTORY = ''
    process.env.XDG_STATE_HOME = given
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
