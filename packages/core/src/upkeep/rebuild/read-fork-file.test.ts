import { chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRunner } from '../../command/execa-runner.ts'
import { lostProcess } from '../../process/process-identity.ts'
import { readForkFile } from './read-fork-file.ts'

const uid = process.geteuid?.() ?? 0
const clones = ['main.abcdef12345', 'main.abcdef12345.1']
const sound = {
  version: 1,
  clones,
  createdAt: '2026-01-01T00:00:00.000Z',
  lifetime: 'persistent',
  maker: lostProcess(),
  port: 20_000,
  socketDirectory: '/somewhere',
  role: 'postgres',
  database: 'postgres',
  timeline: 2,
  sourceTimeline: 1,
  systemIdentifier: '7',
  major: 15,
  durability: 'durable',
  changes: [],
}

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pgfork-test-fork-file-'))
  await mkdir(join(directory, 'pgfork'))
  path = join(directory, 'pgfork', 'fork.json')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const read = () => readForkFile(directory, uid, clones).state

test('what a finished fork says of itself, also with what a newer pgfork adds', async () => {
  expect(read()).toBe('unfinished')
  await writeFile(path, JSON.stringify({ ...sound, added: 1 }))
  expect(readForkFile(directory, uid, clones)).toMatchObject({ state: 'finished', file: sound })
})

test('the file of a fork that this one is a copy of says nothing of this one, whatever else is in it', async () => {
  for (const other of [
    { ...sound, clones: ['parent.abcdef12345'] },
    { version: 2, clones: ['parent.abcdef12345'] },
  ]) {
    await writeFile(path, JSON.stringify(other))
    expect(read()).toBe('unfinished')
  }
})

const wrong: readonly (readonly [string, object])[] = [
  ['version', { version: 2 }],
  ['clones', { clones: [] }],
  ['createdAt', { createdAt: 'yesterday' }],
  ['lifetime', { lifetime: 'eternal' }],
  ['maker', { maker: { ...lostProcess(), pid: -1 } }],
  ['port', { port: 5.5 }],
  ['port', { port: 65_536 }],
  ['role', { role: 'a\0b' }],
  ['role', { role: '' }],
  ['database', { database: 'x'.repeat(5_000) }],
  ['timeline', { timeline: 2 ** 32 }],
  ['systemIdentifier', { systemIdentifier: '../../forks' }],
  ['major', { major: '15' }],
  ['changes', { changes: [1] }],
]
test.each(wrong)('a wrong %s makes it unclear: %j', async (_name, change) => {
  await writeFile(path, JSON.stringify({ ...sound, ...change }))
  expect(read()).toBe('unclear')
})

test.each(['', '\0\0\0', 'null', '[]', '"x"', '{', '{"clones":"x"}', JSON.stringify(sound).padEnd(300_000)])(
  'garbage is unclear, not unfinished: what is unfinished is removed: %j',
  async (text) => {
    await writeFile(path, text)
    expect(read()).toBe('unclear')
  },
)

test('neither a link nor anything else that is no file is read', async () => {
  const elsewhere = join(directory, 'elsewhere')
  await writeFile(elsewhere, JSON.stringify(sound))
  await symlink(elsewhere, path)
  expect(read()).toBe('unclear')
  await rm(path)
  await mkdir(path)
  expect(read()).toBe('unclear')
  await rm(path, { recursive: true })
  await createRunner().run('mkfifo', [path])
  expect(read()).toBe('unclear')
})

test.skipIf(uid !== 0)('a file of another user than the data directory does not count', async () => {
  await writeFile(path, JSON.stringify(sound))
  await chown(path, 65_534, 65_534)
  expect(read()).toBe('unclear')
})
