import { chmod, mkdir, mkdtemp, readdir, realpath, rm, stat, symlink } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { afterEach, expect, test, vi } from 'vitest'
import { openTemplateDirectory, usualDirectory } from './template-directory.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const ofUser = join(homedir(), '.cache', 'pgfork')

test.each([
  ['', ofUser],
  ['cache', ofUser],
  ['/somewhere/cache', '/somewhere/cache/pgfork'],
])('an XDG_CACHE_HOME of %j leads to no cache in the working directory', async (given, expected) => {
  vi.spyOn(process, 'geteuid').mockReturnValue(1000)
  vi.stubEnv('XDG_CACHE_HOME', given)
  expect(await usualDirectory('/nowhere')).toBe(expected)
})

test('an empty PGFORK_TEMPLATE_DIRECTORY is none', async () => {
  const cache = await realpath(await mkdtemp(join(tmpdir(), 'pgfork-test-cache-')))
  const uid = process.geteuid?.() ?? 0
  // Root's is elsewhere; what is root's is safe for everybody.
  vi.spyOn(process, 'geteuid').mockReturnValue(uid === 0 ? 1000 : uid)
  vi.stubEnv('PGFORK_TEMPLATE_DIRECTORY', '')
  vi.stubEnv('XDG_CACHE_HOME', cache)
  try {
    expect(await openTemplateDirectory(undefined)).toBe(join(cache, 'pgfork'))
  } finally {
    await rm(cache, { recursive: true })
  }
})

test('a cache behind links of its user is used, and none that others can exchange', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'pgfork-test-cache-')))
  const [disk, linked, open] = ['disk', 'linked', 'open'].map((name) => join(folder, name)) as [string, string, string]
  await mkdir(join(disk, 'other'), { recursive: true })
  await symlink(disk, linked)
  await symlink(join(disk, 'other'), join(disk, 'itself'))
  await mkdir(open)
  await chmod(open, 0o777)
  await symlink(open, join(folder, 'to-open'))
  try {
    expect(await openTemplateDirectory(join(linked, 'pgfork'))).toBe(join(disk, 'pgfork'))
    expect(await openTemplateDirectory(join(linked, 'pgfork'))).toBe(join(disk, 'pgfork'))
    expect(await openTemplateDirectory(join(linked, 'itself'))).toBe(join(disk, 'other'))
    for (const name of ['open/pgfork', 'to-open/pgfork', 'to-open'])
      await expect(openTemplateDirectory(join(folder, name))).rejects.toThrow(`${open} can be written by other users`)
    expect(await readdir(open)).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test("the servers' user can pass through all folders that are made, whatever the umask", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'pgfork-test-cache-')))
  const before = process.umask(0o077)
  try {
    const path = await openTemplateDirectory(join(folder, 'one', 'two'))
    const modes = await Promise.all([dirname(path), path].map(async (made) => (await stat(made)).mode & 0o777))
    expect(modes).toEqual([0o711, 0o711])
  } finally {
    process.umask(before)
    await rm(folder, { recursive: true })
  }
})
