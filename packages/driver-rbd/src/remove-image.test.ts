import type { CommandRunner, DriverContext, Volume } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { checkOptions } from './options.ts'
import { type KnownOfClone, removeImage } from './remove-image.ts'

const origin: Volume = {
  ...{ id: 'rbd:rbd//a1', pool: 'rbd:1', root: '/', copyOnWrite: true },
  attributes: { pool: 'rbd', namespace: '', image: 'db-a', imageId: 'a1' },
}

/** Removes a clone by a key that isn't told what it was made of. @returns what was run */
async function remove(known: KnownOfClone, answers: boolean): Promise<string[]> {
  const ran: string[] = []
  const runner: CommandRunner = {
    async run(_file, args) {
      const words = args.filter((word) => !word.startsWith('--')).join(' ')
      ran.push(words)
      const stdout = words.includes('listwatchers')
        ? answers
          ? 'watcher=192.0.2.7:0/1 client.7 cookie=1\n'
          : ''
        : JSON.stringify({ lockers: [{ name: 'client.7', addr: '192.0.2.7:0/1' }] })
      return { stdout, stderr: '', durationMs: 1 }
    },
    start: () => Promise.reject(new Error('Nothing is started.')),
  }
  const context: DriverContext = { runner, warn: () => {}, progress: () => {} }
  const clone = { pool: 'rbd', namespace: 'forks', image: 'pgfork-c-db-b+x' }
  await removeImage(clone, { op_features: ['clone-child'] }, known, checkOptions({}), context)
  return ran
}

test('a key that is not told what a clone was made of removes it by what was recorded', async () => {
  const ran = await remove({ host: 'db-b', origin }, true)
  expect(ran[0]).toContain('rbd_header.a1')
  expect(ran.at(-1)).toBe('rm rbd/forks/pgfork-c-db-b+x')
})

test('H98: nor does it take the lock of a source that hangs', async () => {
  await expect(remove({ host: 'db-b', origin }, false)).rejects.toMatchObject({ code: 'BUSY', hazard: 'H98' })
})

test.each([
  ['nothing was recorded', { host: 'db-b' }],
  ['the record lacks its id', { host: 'db-b', origin: { ...origin, attributes: { image: 'db-a' } } }],
])('H98: it removes no clone of which %s', async (_, known) => {
  await expect(remove(known, true)).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H98' })
})
