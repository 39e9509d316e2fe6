import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { waitUntil } from '../process/wait-until.ts'
import { RecordStore } from './record-store.ts'

const schema = z.looseObject({ version: z.literal(1), name: z.string(), value: z.number() })
type Found = z.infer<typeof schema>

let folder: string
let store: RecordStore<Found>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgfork-test-records-'))
  store = new RecordStore<Found>(folder, schema)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const one: Found = { version: 1, name: 'one', value: 1 }
const files = (): Promise<string[]> => readdir(folder)

test('a record is created once, replaced as a whole, and removed', async () => {
  await store.create(one)
  await expect(store.create({ ...one, value: 2 })).rejects.toMatchObject({
    code: 'NAME_TAKEN',
    facts: { name: 'one' },
  })
  expect(await store.find('one')).toEqual(one)
  await store.replace({ ...one, value: 3 })
  expect(await store.find('one')).toEqual({ ...one, value: 3 })
  expect(await store.names()).toEqual(['one'])
  expect(await files()).toEqual(['one.json'])
  await store.remove('one')
  await store.remove('one')
  expect(await store.find('one')).toBeUndefined()
  expect(await files()).toEqual([])
})

test('what is known of a record is asked of its file each time, whoever has changed it', async () => {
  await store.create(one)
  const path = join(folder, 'one.json')
  const isKnown = async () => {
    const [first, second] = [await store.find('one'), await store.find('one')]
    return first === second
  }
  expect(await isKnown()).toBe(false)
  await waitUntil(isKnown, { what: 'A record that is known', timeoutMs: 10_000 })
  const write = (record: Found) => writeFile(path, JSON.stringify(record))
  // In place, and of the same size.
  await write({ ...one, value: 2 })
  expect(await store.find('one')).toEqual({ ...one, value: 2 })
  await waitUntil(isKnown, { what: 'A record that is known', timeoutMs: 10_000 })
  await store.replace({ ...one, value: 3 })
  expect(await store.find('one')).toEqual({ ...one, value: 3 })
  await waitUntil(isKnown, { what: 'A record that is known', timeoutMs: 10_000 })
  await rm(path)
  expect(await store.find('one')).toBeUndefined()
  await write({ ...one, value: 4 })
  expect(await store.find('one')).toEqual({ ...one, value: 4 })
})

test('a file that has the record of another name is that of neither', async () => {
  await store.create(one)
  await writeFile(join(folder, 'two.json'), JSON.stringify(one))
  await expect(store.find('two')).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
  expect(await store.exists('two')).toBe(true)
  expect(await store.find('one')).toEqual(one)
})

test('what could not be read again is not written', async () => {
  await store.create(one)
  // JSON has no such numbers: it would be null.
  const unreadable = { ...one, value: Number.NaN }
  for (const write of [store.replace(unreadable), store.create({ ...unreadable, name: 'two' })])
    await expect(write).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
  expect(await store.find('one')).toEqual(one)
  expect(await files()).toEqual(['one.json'])
})

test('of many that create the same record at once, exactly one succeeds', async () => {
  const attempts = Array.from({ length: 20 }, (_, value) => store.create({ ...one, value }))
  const results = await Promise.allSettled(attempts)
  const winners = results.flatMap(({ status }, value) => (status === 'fulfilled' ? [value] : []))
  expect(winners).toHaveLength(1)
  expect(await store.find('one')).toEqual({ ...one, value: winners[0] })
  expect(await files()).toEqual(['one.json'])
})

test('whoever reads while others write finds one of the whole records', async () => {
  const padded = (value: number): Found => ({ ...one, value, padding: 'x'.repeat(value * 500) })
  await store.create(padded(0))
  const writing = Promise.all(Array.from({ length: 50 }, (_, value) => store.replace(padded(value))))
  let isWriting = true
  void writing.finally(() => {
    isWriting = false
  })
  while (isWriting) {
    const found = await store.find('one')
    expect(found).toEqual(padded(found?.value as number))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await writing
  expect(await files()).toEqual(['one.json'])
})

test('what an older or newer pgfork added is kept', async () => {
  await store.create({ ...one, added: { later: true } })
  expect(await store.find('one')).toEqual({ ...one, added: { later: true } })
})

test.each([
  ['of a newer version', '{"version":2,"name":"one","value":1}'],
  ['cut off', '{"version":1,"name":"on'],
  ['of another kind', '[]'],
  ['with a wrong value', '{"version":1,"name":"one","value":"1"}'],
  ['of bytes', '\u0001\u0002'],
  ['null', 'null'],
])('a record %s is an error that names it, and stays', async (_, text) => {
  await writeFile(join(folder, 'one.json'), text)
  const path = join(folder, 'one.json')
  await expect(store.find('one')).rejects.toMatchObject({ code: 'STATE_UNUSABLE', facts: { path } })
  await expect(store.create(one)).rejects.toMatchObject({ code: 'NAME_TAKEN' })
  expect(await store.exists('one')).toBe(true)
  expect(await store.isEmpty('one').catch(() => false)).toBe(false)
  expect(await files()).toEqual(['one.json'])
})

test.each(['', '\0\0\0\0'])('a record whose content a power cut took (%j) counts as none', async (text) => {
  await writeFile(join(folder, 'one.json'), text)
  expect(await store.find('one')).toBeUndefined()
  expect(await store.isEmpty('one')).toBe(true)
  await store.removeEmpty('one')
  expect(await files()).toEqual([])
})

test.each(['../one', '/etc/passwd', 'a/b', '', '.one'])('the name %j leads nowhere', async (name) => {
  await expect(store.find(name)).rejects.toMatchObject({ code: 'INVALID_NAME' })
  await expect(store.create({ ...one, name })).rejects.toMatchObject({ code: 'INVALID_NAME' })
  await expect(store.remove(name)).rejects.toMatchObject({ code: 'INVALID_NAME' })
  expect(await files()).toEqual([])
})

test('records are private, and files of others are no records', async () => {
  await store.create(one)
  await writeFile(join(folder, '.one.json.0123456789ab.tmp'), '')
  await writeFile(join(folder, 'readme.txt'), '')
  expect(await store.names()).toEqual(['one'])
})

test('a folder that may not be written', async () => {
  await chmod(folder, 0o555)
  const isRoot = process.geteuid?.() === 0
  // Root may write everywhere: it steps down for as long as this takes.
  if (isRoot) process.seteuid?.(65_534)
  try {
    await expect(store.create(one)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})
