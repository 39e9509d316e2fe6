import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { type StatusRecord, StatusStore } from './status-store.ts'
import { forkStatuses, isAllowed, isChangeable, type Status, type Transition, transitions } from './transitions.ts'

interface Thing extends StatusRecord {
  readonly note?: string | undefined
}

const schema: z.ZodType<Thing> = z.object({
  name: z.string(),
  createdAt: z.string(),
  status: z.enum(forkStatuses),
  note: z.string().optional(),
})

let folder: string
let store: StatusStore<Thing>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgfork-test-'))
  store = new StatusStore({ kind: 'fork', folder, schema })
})
afterEach(() => rm(folder, { recursive: true }))

const thing = { name: 'one', createdAt: '2026-01-01T00:00:00.000Z' }

/** By hand: a test of the transitions must not need them. */
async function given(status: Status, changes: Partial<Thing> = {}): Promise<Thing> {
  const record = { ...thing, ...changes, status }
  await writeFile(join(folder, `${record.name}.json`), JSON.stringify(record))
  return record
}

type OfExisting = Exclude<Transition, 'begin' | 'adopt'>
const isOfExisting = (transition: Transition): transition is OfExisting =>
  !transitions[transition].from.includes('none' as never)

const cases = (Object.keys(transitions) as Transition[])
  .filter(isOfExisting)
  .flatMap((transition) => forkStatuses.map((from) => ({ transition, from, allowed: isAllowed(transition, from) })))

test.each(cases.filter(({ allowed }) => allowed))('$transition is allowed from $from', async ({ transition, from }) => {
  const record = await given(from)
  const to: Status | 'none' = transitions[transition].to
  const result = await store[transition]({ ...record, note: 'new' })
  expect(await store.find('one')).toEqual(to === 'none' ? undefined : { ...thing, status: to, note: 'new' })
  if (to !== 'none') expect(result).toEqual({ ...thing, status: to, note: 'new' })
})

test.each(cases.filter(({ allowed }) => !allowed))(
  '$transition is refused from $from',
  async ({ transition, from }) => {
    const record = await given(from)
    await expect(store[transition]({ ...record, note: 'new' })).rejects.toMatchObject({
      code: 'FORK_NOT_READY',
      facts: { name: 'one', status: from },
    })
    expect(await store.find('one')).toEqual(record)
  },
)

test.each(['begin', 'adopt'] as const)('%s makes a record where none of that name is', async (transition) => {
  const made = await store[transition]({ ...thing, note: 'new' })
  expect(made).toEqual({ ...thing, note: 'new', status: transitions[transition].to })
  expect(await store.find('one')).toEqual(made)
  await expect(store[transition]({ ...thing, createdAt: 'later' })).rejects.toMatchObject({ code: 'NAME_TAKEN' })
  expect(await store.find('one')).toEqual(made)
})

test.each(forkStatuses)('facts of one that is %s change only while it is not removed', async (status) => {
  const record = await given(status)
  const changed = store.change({ ...record, note: 'new' })
  if (isChangeable(record)) expect(await changed).toEqual({ ...record, note: 'new' })
  else await expect(changed).rejects.toMatchObject({ code: 'FORK_NOT_READY' })
  expect(await store.find('one')).toEqual(isChangeable(record) ? { ...record, note: 'new' } : record)
})

test('a change of facts writes no status that its caller still believes in', async () => {
  const before = await given('ready')
  await given('resetting')
  expect((await store.change({ ...before, note: 'new' })).status).toBe('resetting')
})

const verbs = [...(Object.keys(transitions) as Transition[]).filter(isOfExisting), 'change'] as const

test.each(verbs)('H76: %s does nothing to a namesake made since, nor to what is gone', async (verb) => {
  const old: Thing = { ...thing, status: verb === 'forget' ? 'removing' : 'ready' }
  const gone = { code: 'FORK_NOT_FOUND', facts: { name: 'one' } }
  await expect(store[verb](old)).rejects.toMatchObject(gone)
  expect(await store.exists('one')).toBe(false)
  const namesake = await given(old.status, { createdAt: 'later' })
  await expect(store[verb](old)).rejects.toMatchObject(gone)
  expect(await store.find('one')).toEqual(namesake)
  expect(await store.findSame(old)).toBeUndefined()
  expect(await store.findSame(namesake)).toEqual(namesake)
})

test('a snapshot that is gone is told as one', async () => {
  const snapshots = new StatusStore({ kind: 'snapshot', folder, schema })
  await expect(snapshots.markReady({ ...thing, status: 'creating' })).rejects.toMatchObject({
    code: 'SNAPSHOT_NOT_FOUND',
    message: `The snapshot one is gone from ${folder}. Make a new one.`,
  })
})

test('what is said to be removed is forgotten although its mark could not be written', async () => {
  const record = await given('ready')
  await store.forget({ ...record, status: 'removing' })
  expect(await store.exists('one')).toBe(false)
})

test('no other source writes a status', async () => {
  const sources = fileURLToPath(new URL('..', import.meta.url))
  const files = (await readdir(sources, { recursive: true })).filter((name) => /(?<!\.test)\.ts$/.test(name))
  const writers: string[] = []
  for (const file of files)
    if (/\bstatus:\s*['"`](creating|ready|resetting|removing)/.test(await readFile(join(sources, file), 'utf8')))
      writers.push(file)
  expect(files.length).toBeGreaterThan(100)
  expect(writers).toEqual([])
})

test('a list has the oldest first, and tells of a record that can not be read', async () => {
  await given('ready', { name: 'newer', createdAt: '2026-01-02T00:00:00.000Z' })
  await given('creating')
  await writeFile(join(folder, 'broken.json'), '{')
  const warnings: string[] = []
  const found = await store.list((message) => warnings.push(message))
  expect(found.map(({ name }) => name)).toEqual(['one', 'newer'])
  expect(warnings).toEqual([expect.stringMatching(/^The fork broken is not listed\. /)])
})
