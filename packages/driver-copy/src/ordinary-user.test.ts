import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Volume } from '@pgfork/core/driver'
import { describe, expect, test } from 'vitest'
import { runVerbs, runVerbsWell } from '../../../test/support/driver-process/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { postgres, storages } from './test-fixture.ts'

for (const { name, create, sharesBlocks, obstacle } of storages)
  describe.skipIf(obstacle !== undefined)(`as an ordinary user on ${name}`, () => {
    test('all verbs work on his own files', async () => {
      await using tree = await create()
      const request = { driver: 'copy' as const, user: postgres }
      const [located] = await runVerbsWell({ ...request, calls: [{ verb: 'locate', argument: tree.data }] })
      const volume = located as Volume
      expect(volume.copyOnWrite).toBe(sharesBlocks)
      const [snapshot, clone, consumed] = ['s', 'c', 'consumed'].map((entry) => ({ volume, name: entry }))
      const results = await runVerbsWell({
        ...request,
        calls: [
          { verb: 'snapshot', argument: { snapshots: [snapshot], omit: ['pg_wal'] } },
          { verb: 'clone', argument: { ...clone, snapshot } },
          { verb: 'clone', argument: { ...consumed, snapshot, consumeSnapshot: true } },
          { verb: 'attach', argument: clone },
          { verb: 'list', argument: volume },
          { verb: 'space', argument: volume },
        ],
      })
      const path = String(results[3])
      expect(await readFile(join(path, 'base', '5', '1259'), 'utf8')).toBe('committed')
      expect(await lstat(path)).toMatchObject({ ...postgres, mode: 0o40700 })
      expect(results[4]).toHaveLength(2)
      await runVerbsWell({
        ...request,
        calls: [
          { verb: 'removeSnapshot', argument: snapshot },
          { verb: 'removeClone', argument: clone },
          { verb: 'removeClone', argument: consumed },
        ],
      })
      expect(await readdir(join(tree.path, 'pg'))).toEqual(['main'])
    })

    test('files that he may not read stop the copy, with their names', async () => {
      await using tree = await create()
      const closed = join(tree.data, 'base', '5', '1259')
      await runner.run('chown', ['0', closed])
      const request = { driver: 'copy' as const, user: postgres }
      const [located] = await runVerbsWell({ ...request, calls: [{ verb: 'locate', argument: tree.data }] })
      const snapshot = { volume: located as Volume, name: 's' }
      const { outcomes } = await runVerbs({
        ...request,
        calls: [
          { verb: 'snapshot', argument: { snapshots: [snapshot] } },
          { verb: 'removeSnapshot', argument: snapshot },
        ],
      })
      expect(outcomes).toMatchObject([
        { error: { code: 'PERMISSION_DENIED', message: expect.stringContaining(closed) } },
        { verb: 'removeSnapshot' },
      ])
      expect(await readdir(join(tree.path, 'pg'))).toEqual(['main'])
    })
  })
