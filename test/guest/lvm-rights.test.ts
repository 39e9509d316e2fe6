import { join } from 'node:path'
import { findMount } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { byExtent } from '../support/extent.ts'
import { volumeGroup } from '../support/guest-storage/index.ts'
import { liveAsUser } from '../support/programs/ordinary-life.ts'
import { grantRights, maySudo, type Rights } from '../support/rights.ts'
import { runner } from '../support/system/runner.ts'
import { serverUser } from '../support/system/server-user.ts'
import { describeInGuest, type GuestWorkbench } from '../support/workbench/guest-workbench.ts'
import { lvmStorage } from './lvm-storage.ts'

if (serverUser === undefined) throw new Error('A guest runs as root.')
const user = serverUser

/** The rights of docs/drivers/lvm.md for the source of a bench. */
async function grantFor({ root }: GuestWorkbench): Promise<Rights & { readonly volume: string }> {
  const device = (await findMount(root))?.source ?? ''
  const { stdout } = await runner.run('lvs', ['--noheadings', '-o', 'lv_name', device])
  const volume = stdout.trim()
  const names = [
    ['vg0/(pg|', `${volumeGroup}/(${volume}|`],
    ['vg0', volumeGroup],
  ] as const
  return { ...(await grantRights({ storage: 'lvm', user, names })), volume }
}

const fileSystems = byExtent(['ext4'] as const, ['ext4', 'xfs'] as const)

for (const fileSystem of fileSystems)
  await describeInGuest(`LVM with ${fileSystem}, without root`, lvmStorage(fileSystem), (bench) => {
    test('the lines of docs/drivers/lvm.md are enough for the whole life of forks', async () => {
      await using rights = await grantFor(bench)
      await bench.source.query('CREATE TABLE life (id int); INSERT INTO life VALUES (1)')
      const { options } = rights
      await liveAsUser(user, { driver: 'lvm', options, source: bench.source.dataDirectory })
      await bench.expectNothingLeft()
    })

    test('H60: they allow nothing else', async () => {
      await using rights = await grantFor(bench)
      const { mountDirectory = '' } = rights.options
      const [source, clone] = [`${volumeGroup}/${rights.volume}`, `${volumeGroup}/pgfork-c-x`]
      const mount = ['mount', '-t', 'ext4', '-o', 'rw,nosuid,nodev,X-mount.mkdir=0700', '--', `/dev/${clone}`]
      // What he may do, so that the refusals below have no other reason.
      for (const allowed of [
        [...mount, `${mountDirectory}/x`],
        ['umount', '--', `${mountDirectory}/x`],
        ['lvremove', '--yes', clone],
      ])
        expect(await maySudo(user, allowed), allowed.join(' ')).toBe(true)
      for (const refused of [
        [...mount, '/etc'],
        [...mount, `${mountDirectory}/../etc`],
        [...mount, `${mountDirectory}/x/../../etc`],
        [...mount, `${mountDirectory}/..`],
        [...mount, `${mountDirectory}/x`, '/etc'],
        [...mount, `${mountDirectory}/x /etc`],
        [...mount.slice(0, -1), `/dev/${source}`, `${mountDirectory}/x`],
        [...mount.slice(0, -1), '/dev/ubda', `${mountDirectory}/x`],
        ['mount', '-t', 'ext4', '-o', 'rw,X-mount.mkdir=0700', '--', `/dev/${clone}`, `${mountDirectory}/x`],
        [
          'mount',
          '-t',
          'ext4',
          '-o',
          'rw,bind,nosuid,nodev,X-mount.mkdir=0700',
          '--',
          `/dev/${clone}`,
          `${mountDirectory}/x`,
        ],
        ['mount', '--bind', '/etc', `${mountDirectory}/x`],
        ['umount', '--', '/etc'],
        ['umount', '--lazy', '--', `${mountDirectory}/x`],
        ['umount', '--', `${mountDirectory}/../../proc`],
        ['rmdir', '--', '/srv'],
        ['lvremove', '--yes', source],
        ['lvremove', '--yes', clone, source],
        ['lvremove', '--yes', `${clone} ${source}`],
        ['lvremove', '--force', '--yes', clone],
        ['lvrename', source, clone],
        ['lvrename', `${volumeGroup}/pgfork-s-x`, source],
        ['lvchange', '--activate', 'n', source],
        ['lvchange', '--activate', 'y', '--ignoreactivationskip', source],
        ['lvcreate', '--snapshot', '--name', 'pgfork-s-x', source],
        ['lvs', '--config', 'global/etc="/tmp"', volumeGroup],
        ['tune2fs', '-U', 'random', '-L', '', '--', `/dev/${source}`],
        ['vgs'],
        ['sh'],
      ])
        expect(await maySudo(user, refused), refused.join(' ')).toBe(false)
      // Nor can he lead a mount that he may ask for elsewhere.
      const inside = join(mountDirectory, 'x')
      await expect(runner.run('ln', ['-s', '/etc', inside], { user })).rejects.toThrow(/Permission denied/)
      await expect(runner.run('mkdir', [inside], { user })).rejects.toThrow(/Permission denied/)
    })
  })
