import { join } from 'node:path'
import type { UserIdentity } from '@pgfork/core'
import { describe, expect, test } from 'vitest'
import { isRoot } from '../../support/attacker/index.ts'
import { grantRights, maySudo } from '../../support/rights.ts'

// Two of every system's users (daemon and bin) to whom no other test gives rights meanwhile: sudoers is one for the whole machine.
const owner: UserIdentity = { uid: 1, gid: 1 }
const otherOwner: UserIdentity = { uid: 2, gid: 2 }

// sudo is asked what it would run, and runs nothing: the lines of docs/drivers/lvm.md need no LVM for that.
describe.runIf(isRoot)('the lines of docs/drivers/lvm.md for LVM', () => {
  test('H60: two owners with a volume group each have nothing of the other one', async () => {
    await using first = await grantRights({ storage: 'lvm', user: owner, names: [] })
    await using second = await grantRights({ storage: 'lvm', user: otherOwner, names: [['vg0', 'vg1']] })
    const commands = (group: string, { mountDirectory = '' }: { readonly mountDirectory?: string }) => [
      ['umount', '--', join(mountDirectory, 'x')],
      [
        'mount',
        '-t',
        'ext4',
        '-o',
        'rw,nosuid,nodev,X-mount.mkdir=0700',
        '--',
        `/dev/${group}/pgfork-c-x`,
        join(mountDirectory, 'x'),
      ],
    ]
    for (const [user, own, other] of [
      [owner, commands('vg0', first.options), commands('vg1', second.options)],
      [otherOwner, commands('vg1', second.options), commands('vg0', first.options)],
    ] as const) {
      for (const command of own) expect(await maySudo(user, command), command.join(' ')).toBe(true)
      for (const command of other) expect(await maySudo(user, command), command.join(' ')).toBe(false)
    }
  })
})
