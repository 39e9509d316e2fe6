import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { noteVolumeOf } from '../../files/exposed.ts'
import type { DriverContext } from '../driver/driver-context.ts'
import { createEntry } from './create-entry.ts'
import { type Entry, folderOfClone } from './entry.ts'
import { findEntry } from './find-entry.ts'
import { listEntries } from './list-entries.ts'
import { removeEntry } from './remove-entry.ts'

let parent: string
let warnings: string[]
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'pgfork-test-items-'))
  warnings = []
})
afterEach(() => rm(parent, { recursive: true, force: true }))

const itemNamed = (name: string, changes: Partial<Entry> = {}): Entry => ({
  folder: join(parent, '.pgfork'),
  driver: 'test',
  kind: 'clone',
  volume: { id: 'test:1', pool: 'test', root: '/nowhere', copyOnWrite: false, attributes: { fact: 'x' } },
  name,
  ...changes,
})

const remove = (entry: Entry): Promise<void> =>
  removeEntry(entry, { warn: (message: string) => void warnings.push(message) } as DriverContext, (path) =>
    rm(path, { recursive: true }),
  )

test('an entry is found with its notes, listed, and removed with the folders made for it', async () => {
  const entry = itemNamed('one')
  const files = await createEntry(entry, { note: 'kept' })
  await expect(findEntry(entry)).rejects.toMatchObject({ code: 'COPY_MISSING' })
  const { volume, folder, driver } = entry
  expect(await listEntries(entry)).toEqual([{ kind: 'clone', name: 'one', volume }])
  await mkdir(join(files, 'data'), { recursive: true })
  expect(await findEntry(entry)).toMatchObject({ files, notes: { note: 'kept' }, volume })
  expect(await listEntries({ folder, driver, volume })).toEqual([{ kind: 'clone', name: 'one', volume, path: files }])
  expect(await listEntries({ folder, driver: 'other', volume })).toEqual([])
  expect(await folderOfClone(join(files, 'data'))).toBe(folder)
  expect(await folderOfClone(parent)).toBeUndefined()
  await remove(entry)
  await remove(entry)
  expect(await readdir(parent)).toEqual([])
  expect(warnings).toEqual([])
})

test('H111: a copy that an earlier version made in a folder of an engine is found, listed and removed, and none is made there', async () => {
  const volume = join(parent, 'volumes', 'db')
  await mkdir(join(volume, '_data'), { recursive: true })
  const entry = itemNamed('old', { folder: join(volume, '.pgfork') })
  const files = await createEntry(entry)
  await mkdir(files)
  noteVolumeOf(join(volume, '_data'))
  expect(await findEntry(entry)).toMatchObject({ files })
  expect(await listEntries(entry)).toHaveLength(1)
  await expect(createEntry({ ...entry, name: 'new' })).rejects.toMatchObject({ hazard: 'H111' })
  await remove(entry)
  expect(await readdir(volume)).toEqual(['_data'])
})

test('a folder that the caller named stays', async () => {
  const entry = itemNamed('one', { folder: join(parent, 'named') })
  await createEntry(entry)
  await remove(entry)
  expect(await readdir(join(parent, 'named'))).toEqual([])
})

test('modes do not depend on the umask, and let nobody look around', async () => {
  const before = process.umask(0o077)
  try {
    const entry = itemNamed('one')
    await createEntry(entry)
    for (const [path, mode] of [
      [entry.folder, 0o711],
      [join(entry.folder, 'clones'), 0o711],
      [join(entry.folder, 'clones', 'one'), 0o700],
      [join(entry.folder, 'clones', 'one', 'mark.json'), 0o600],
    ] as const)
      expect((await stat(path)).mode & 0o777, path).toBe(mode)
  } finally {
    process.umask(before)
  }
})

test('H57: a mark counts only if it is a file that says what is there', async () => {
  const path = join(parent, '.pgfork', 'clones')
  const mark = { version: 1, kind: 'clone', volume: itemNamed('').volume, createdAt: '', notes: {} }
  const marks: Record<string, string> = {
    garbage: 'x',
    'half-written': '{ "version": 1,',
    'no-object': '[]',
    'other-driver': JSON.stringify({ ...mark, driver: 'other', name: 'other-driver' }),
    'other-kind': JSON.stringify({ ...mark, driver: 'test', kind: 'snapshot', name: 'other-kind' }),
    'other-name': JSON.stringify({ ...mark, driver: 'test', name: 'another' }),
  }
  for (const [name, text] of Object.entries(marks)) {
    await mkdir(join(path, name), { recursive: true })
    await writeFile(join(path, name, 'mark.json'), text)
  }
  const target = join(parent, 'target')
  await writeFile(target, JSON.stringify({ ...mark, driver: 'test', name: 'link' }))
  await mkdir(join(path, 'link'))
  await symlink(target, join(path, 'link', 'mark.json'))
  await mkdir(join(path, 'folder', 'mark.json'), { recursive: true })
  await writeFile(join(path, 'file'), '')
  await chmod(path, 0o711)
  await chmod(join(parent, '.pgfork'), 0o711)

  const names = [...Object.keys(marks), 'link', 'folder', 'file']
  for (const name of names) {
    await remove(itemNamed(name))
    await expect(findEntry(itemNamed(name))).rejects.toMatchObject({ code: 'COPY_MISSING' })
    await expect(createEntry(itemNamed(name))).rejects.toMatchObject({ code: 'TARGET_EXISTS' })
  }
  expect((await readdir(path)).sort()).toEqual([...names].sort())
  expect(warnings).toHaveLength(names.length)
  expect(await listEntries(itemNamed(''))).toEqual([])
})

test('what a power cut emptied is ours', async () => {
  for (const [name, rest] of [
    ['empty', ''],
    ['zeros', '\0'.repeat(100)],
  ] as const) {
    const entry = itemNamed(name)
    await mkdir(await createEntry(entry))
    await writeFile(join(entry.folder, 'clones', name, 'mark.json'), rest)
    expect(await findEntry(entry)).toMatchObject({ volume: entry.volume })
    await remove(entry)
  }
  expect(await readdir(parent)).toEqual([])
})

test('a removal that fails keeps the mark, so that it can be repeated', async () => {
  const entry = itemNamed('one')
  await mkdir(await createEntry(entry))
  const failing = removeEntry(entry, { warn: () => {} } as unknown as DriverContext, async () => {
    throw new Error('no')
  })
  await expect(failing).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  expect(await listEntries(entry)).toHaveLength(1)
  await remove(entry)
  expect(await readdir(parent)).toEqual([])
})
