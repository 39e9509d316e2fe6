import { test } from 'vitest'
import { briefLifeWithDriver, liveWithDriver } from '../../support/command/index.ts'
import { byExtent } from '../../support/extent.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeCommand } from './describe-command.ts'

/** Those of LVM and ZFS are in test/guest. */
await describeCommand('ext4', (bench) => {
  test('what the overlay driver made is seen, reset, collected and removed', async () => {
    await briefLifeWithDriver(bench.pgfork, 'overlay')
    await forgetCollections(bench)
    await expectNothingLeft(bench)
  })

  if (!byExtent(false, true)) return

  test('every command does with what the overlay driver made what it does with any other', async () => {
    await liveWithDriver(bench.pgfork, { driver: 'overlay', isFound: false })
    await forgetCollections(bench)
    await expectNothingLeft(bench)
  })

  test('and with copies', async () => {
    await liveWithDriver(bench.pgfork, { driver: 'copy', isFound: true })
    await forgetCollections(bench)
    await expectNothingLeft(bench)
  })
})

const onBtrfs = byExtent(
  async () => {},
  () =>
    describeCommand('btrfs', (bench) => {
      test('and with subvolumes of Btrfs', async () => {
        await liveWithDriver(bench.pgfork, { driver: 'btrfs', isFound: true })
        await forgetCollections(bench)
        await expectNothingLeft(bench)
      })
    }),
)
await onBtrfs()
