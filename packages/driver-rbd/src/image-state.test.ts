import type { CommandRunner, DriverContext } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { requireAnswering } from './image-state.ts'
import { checkOptions } from './options.ts'

/** A cluster that tells at each look who has the lock of an image, and at the only one who has it open. */
function look(locks: readonly (readonly number[])[], watchers: readonly number[]): Promise<void> {
  let looks = 0
  const lockers = () => locks[looks++]?.map((client) => ({ name: `client.${client}`, addr: `192.0.2.${client}:0/1` }))
  const runner: CommandRunner = {
    async run(_file, args) {
      expect(args).toContain('rbd_header.a1')
      const stdout = args.includes('listwatchers')
        ? watchers
            .map((client) => `watcher=192.0.2.${client}:0/1 client.${client} cookie=18446462598732840961\n`)
            .join('')
        : JSON.stringify({ name: 'rbd_lock', lockers: lockers() })
      return { stdout, stderr: '', durationMs: 1 }
    },
    start: () => Promise.reject(new Error('Nothing is started.')),
  }
  const context: DriverContext = { runner, warn: () => {}, progress: () => {} }
  return requireAnswering({ pool: 'rbd', namespace: '', image: 'db-a' }, 'a1', checkOptions({}), context)
}

test('who has the lock and the image open answers', async () => {
  await look([[7]], [7])
})

test('H98: who has the lock and the image not open is not waited for', async () => {
  await expect(
    look(
      [
        [7, 8],
        [7, 8],
        [7, 8],
      ],
      [8],
    ),
  ).rejects.toMatchObject({ code: 'BUSY', hazard: 'H98', facts: { addresses: ['192.0.2.7:0/1'] } })
})

test('another host that made a snapshot and is done by now is no dead one', async () => {
  await look([[7], []], [])
  await look([[7], [9]], [])
})
