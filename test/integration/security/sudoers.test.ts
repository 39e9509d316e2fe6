import { join } from 'node:path'
import type { UserIdentity } from '@pgfork/core'
import { describe, expect, test } from 'vitest'
import { isRoot, nobody } from '../../support/attacker/index.ts'
import { grantRights, maySudo } from '../../support/rights.ts'
import { serverUser } from '../../support/system/server-user.ts'

const postgres = serverUser as UserIdentity

// sudo is asked what it would run, and runs nothing: the lines of docs/drivers.md need no LVM for that.
describe.runIf(isRoot)('the lines of docs/drivers.md for LVM', () => {
  test('H60: two owners with a volume group each have nothing of the other one', async () => {
    await using first = await grantRights({ storage: 'LVM', user: postgres, names: [] })
    await using second = await grantRights({ storage: 'LVM', user: nobody, names: [['vg0', 'vg1']] })
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
      [postgres, commands('vg0', first.options), commands('vg1', second.options)],
      [nobody, commands('vg1', second.options), commands('vg0', first.options)],
    ] as const) {
      for (const command of own) expect(await maySudo(user, command), command.join(' ')).toBe(true)
      for (const command of other) expect(await maySudo(user, command), command.join(' ')).toBe(false)
    }
  })
})
