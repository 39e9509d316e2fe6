import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Volume } from '@pgfork/core/driver'
import { describe, expect, test } from 'vitest'
import { runVerbs, runVerbsWell } from '../../../test/support/driver-process/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { createTestBtrfs, obstacle, postgres } from './test-fixture.ts'

describe.skipIf(obstacle !== undefined)('as an ordinary user who owns the source', () => {
  for (const mountOptions of [[], ['user_subvol_rm_allowed']])
    test(`all verbs work, mounted with ${mountOptions.join() || 'no options'}`, async () => {
      await using storage = await createTestBtrfs({ mountOptions })
      const directory = join(storage.path, 'forks')
      await runner.run('install', ['-d', '-m', '0711', '-o', String(postgres.uid), directory])
      const request = { driver: 'btrfs' as const, options: { directory }, user: postgres }
      const [located] = await runVerbsWell({ ...request, calls: [{ verb: 'locate', argument: storage.data }] })
      const volume = located as Volume
      const [snapshot, single] = [
        { volume, name: 's' },
        { volume, name: 'single' },
      ]
      const [clone, consumed] = [
        { volume, name: 'c' },
        { volume, name: 'consumed' },
      ]
      const made = await runVerbsWell({
        ...request,
        calls: [
          { verb: 'snapshot', argument: { snapshots: [snapshot] } },
          { verb: 'clone', argument: { ...clone, snapshot } },
          { verb: 'snapshot', argument: { snapshots: [single], singleUse: true } },
          { verb: 'clone', argument: { ...consumed, snapshot: single, consumeSnapshot: true } },
          { verb: 'attach', argument: clone },
          { verb: 'list', argument: volume },
          { verb: 'space', argument: volume },
        ],
      })
      expect(await readFile(join(String(made[4]), 'main', 'PG_VERSION'), 'utf8')).toBe('15\n')
      expect(made[5]).toHaveLength(3)
      expect(made[6]).toMatchObject({ data: { usedBytes: expect.any(Number) }, metadata: {} })
      await runVerbsWell({
        ...request,
        calls: [
          { verb: 'removeClone', argument: clone },
          { verb: 'removeClone', argument: consumed },
          { verb: 'removeSnapshot', argument: snapshot },
          { verb: 'removeSnapshot', argument: snapshot },
        ],
      })
      expect(await readdir(directory)).toEqual([])
      const { stdout } = await runner.run('btrfs', ['subvolume', 'list', storage.path])
      expect(stdout.split('\n')).toHaveLength(1)
      expect(await readFile(join(storage.data, 'base', '5', '1259'), 'utf8')).toBe('committed')
    })

  test('H57: without the right to delete subvolumes, one made in a clone stops the removal before it begins', async () => {
    await using storage = await createTestBtrfs()
    const directory = join(storage.path, 'forks')
    await runner.run('install', ['-d', '-m', '0711', '-o', String(postgres.uid), directory])
    const request = { driver: 'btrfs' as const, options: { directory }, user: postgres }
    const [located] = await runVerbsWell({ ...request, calls: [{ verb: 'locate', argument: storage.data }] })
    const volume = located as Volume
    const [snapshot, clone] = [
      { volume, name: 's' },
      { volume, name: 'c' },
    ]
    await runVerbsWell({
      ...request,
      calls: [
        { verb: 'snapshot', argument: { snapshots: [snapshot] } },
        { verb: 'clone', argument: { ...clone, snapshot } },
      ],
    })
    const root = join(directory, 'clones', 'c', 'volume')
    await runner.run('btrfs', ['subvolume', 'create', join(root, 'nested')])
    await writeFile(join(root, 'nested', 'file'), 'theirs')
    const { outcomes } = await runVerbs({ ...request, calls: [{ verb: 'removeClone', argument: clone }] })
    expect(outcomes[0]?.error).toMatchObject({ code: 'BUSY' })
    expect((await readdir(root)).sort()).toEqual(['main', 'nested'])
    expect(await readFile(join(root, 'nested', 'file'), 'utf8')).toBe('theirs')
  })

  test('says what to do where the folder or the source is not his', async () => {
    await using storage = await createTestBtrfs()
    const request = { driver: 'btrfs' as const, user: postgres }
    const [located] = await runVerbsWell({ ...request, calls: [{ verb: 'locate', argument: storage.data }] })
    const volume = located as Volume
    const calls = [{ verb: 'snapshot', argument: { snapshots: [{ volume, name: 's' }] } }] as const
    const { outcomes: ofFolder } = await runVerbs({ ...request, calls })
    expect(ofFolder[0]?.error).toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining(`install -d -m 0711 -o postgres ${join(storage.path, '.pgfork')}`),
    })
    const folder = join(storage.path, '.pgfork')
    for (const path of [folder, join(folder, 'snapshots')]) {
      await runner.run('install', ['-d', '-m', '0711', path])
      const { outcomes } = await runVerbs({ ...request, calls })
      expect(outcomes[0]?.error).toMatchObject({
        code: 'PERMISSION_DENIED',
        message: expect.stringContaining(`${folder} is there, but postgres may not write to it`),
      })
    }
    await runner.run('chown', ['-R', String(postgres.uid), folder])
    await runner.run('chown', ['0', volume.root])
    const { outcomes: ofSource } = await runVerbs({ ...request, calls })
    expect(ofSource[0]?.error).toMatchObject({ code: 'PERMISSION_DENIED', message: expect.stringContaining('sudo') })
  })

  test('root does not work in a folder that belongs to somebody else', async () => {
    await using storage = await createTestBtrfs()
    await runner.run('install', ['-d', '-m', '0711', '-o', String(postgres.uid), join(storage.path, '.pgfork')])
    const { outcomes } = await runVerbs({
      driver: 'btrfs' as const,
      calls: [{ verb: 'locate', argument: storage.data }],
    })
    expect(outcomes[0]?.error).toMatchObject({ code: 'PERMISSION_DENIED' })
  })
})
