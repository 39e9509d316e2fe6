import { join } from 'node:path'
import { detectDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { runner } from '../../support/system/runner.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

await describeWorkbench(
  'detectDriver',
  ['btrfs', 'xfs', 'ext4'],
  async (bench) => {
    const [onBtrfs, onXfs, onExt4] = [
      await bench.storage('btrfs'),
      await bench.storage('xfs'),
      await bench.storage('ext4'),
    ]
    return {
      onBtrfs: await bench.directory(onBtrfs, 'data'),
      onXfs: await bench.directory(onXfs, 'data'),
      onExt4: await bench.directory(onExt4, 'data'),
    }
  },
  (bench) => {
    test('on Btrfs its driver is the first to serve a path, and no other is asked', async () => {
      const { driver, volume, candidates } = await detectDriver(bench.onBtrfs)
      expect(driver.name).toBe('btrfs')
      expect(volume).toEqual(await driver.locate(bench.onBtrfs, { runner, warn: () => {}, progress: () => {} }))
      expect(candidates).toEqual([{ driver: 'btrfs', reason: undefined }])
    })

    test.each([
      ['XFS', 'onXfs', true],
      ['ext4', 'onExt4', false],
    ] as const)(
      'on %s every copy-on-write storage says why it is not its, and files are copied',
      async (_, on, shares) => {
        const { driver, volume, candidates } = await detectDriver(bench[on])
        expect(driver.name).toBe('copy')
        expect(volume.copyOnWrite).toBe(shares)
        expect(candidates.map(({ driver: name }) => name)).toEqual(['btrfs', 'zfs', 'lvm', 'rbd', 'copy'])
        for (const { driver: name, reason } of candidates)
          if (name === 'copy') expect(reason).toBeUndefined()
          else expect(reason).toContain(bench[on])
      },
    )

    test('given drivers are asked in their order, and alone', async () => {
      const { driver, candidates } = await detectDriver(bench.onBtrfs, [copy(), btrfs()])
      expect(driver.name).toBe('copy')
      expect(candidates).toEqual([{ driver: 'copy', reason: undefined }])
    })

    test('a driver that is right for the storage and refuses the layout is not replaced by one that copies', async () => {
      const nested = join(bench.onBtrfs, 'nested')
      await runner.run('btrfs', ['subvolume', 'create', nested])
      try {
        await expect(detectDriver(bench.onBtrfs)).rejects.toMatchObject({ code: 'LAYOUT_REFUSED', hazard: 'H3' })
      } finally {
        await runner.run('btrfs', ['subvolume', 'delete', nested])
      }
    })

    test('where none of several serves the path, the error has the reason of each; where there is one, it is that one’s', async () => {
      const other = { ...btrfs(), name: 'other' }
      await expect(detectDriver(bench.onExt4, [btrfs(), other])).rejects.toMatchObject({
        code: 'DRIVER_NOT_FOUND',
        facts: {
          path: bench.onExt4,
          candidates: [
            { driver: 'btrfs', reason: expect.stringContaining('ext4') },
            { driver: 'other', reason: expect.stringContaining('ext4') },
          ],
        },
        message: expect.stringMatching(/btrfs: .*other: /s),
      })
      await expect(detectDriver(bench.onExt4, [btrfs()])).rejects.toMatchObject({ code: 'DRIVER_NOT_APPLICABLE' })
    })

    test('a path that is not there is served by none, and that is said', async () => {
      const path = join(bench.onBtrfs, 'missing')
      await expect(detectDriver(path)).rejects.toMatchObject({
        code: 'DRIVER_NOT_FOUND',
        message: expect.stringContaining(`no such file or directory, realpath '${path}'`),
      })
    })

    test('an aborted signal is heeded, and commands go through the given runner', async () => {
      const before = bench.options.runner.commands.length
      await detectDriver(bench.onBtrfs, undefined, { runner: bench.options.runner })
      expect(bench.options.runner.commands.length).toBeGreaterThan(before)
      const signal = AbortSignal.abort()
      await expect(detectDriver(bench.onBtrfs, undefined, { signal })).rejects.toMatchObject({ code: 'ABORTED' })
    })
  },
)
