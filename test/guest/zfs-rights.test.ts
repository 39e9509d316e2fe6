import { join } from 'node:path'
import { findMount } from '@pgfork/core/driver'
import { zfs } from '@pgfork/driver-zfs'
import { expect, test } from 'vitest'
import { createContext } from '../support/driver-fixture/index.ts'
import { zpool } from '../support/guest-storage/index.ts'
import { liveAsUser } from '../support/programs/ordinary-life.ts'
import { grantRights, maySudo, type Rights } from '../support/rights.ts'
import { runner } from '../support/system/runner.ts'
import { serverUser } from '../support/system/server-user.ts'
import { describeInGuest, type GuestWorkbench } from '../support/workbench/guest-workbench.ts'
import { zfsStorage } from './zfs-storage.ts'

if (serverUser === undefined) throw new Error('A guest runs as root.')
const user = serverUser
/** In place of the page's `pgfork`, which root's forks of other tests lie in. */
const parent = `${zpool}/rights`

const own = [
  ...['canmount=noauto', 'org.openzfs.systemd:ignore=on', 'readonly=off', 'sharenfs=off', 'sharesmb=off'],
  ...['setuid=off', 'devices=off', 'com.sun:auto-snapshot=false'],
]

/** The rights of docs/drivers/zfs.md for the source of a bench. */
async function grantFor({ root }: GuestWorkbench): Promise<Rights & { readonly dataset: string }> {
  const dataset = (await findMount(root))?.source ?? ''
  const names = [
    ['tank/(pg|pgfork/', `${zpool}/(${dataset.slice(zpool.length + 1)}|rights/`],
    ['tank/pgfork', parent],
  ] as const
  const rights = await grantRights({ storage: 'zfs', user, names })
  return {
    ...{ dataset, options: rights.options },
    async [Symbol.asyncDispose]() {
      await rights[Symbol.asyncDispose]()
      await runner.run('zfs', ['destroy', parent])
    },
  }
}

await describeInGuest('ZFS, without root', zfsStorage, (bench) => {
  test('the lines of docs/drivers/zfs.md are enough for the whole life of forks', async () => {
    await using rights = await grantFor(bench)
    await bench.source.query('CREATE TABLE life (id int); INSERT INTO life VALUES (1)')
    const options = { ...rights.options, parent }
    await liveAsUser(user, { driver: 'zfs', options, source: bench.source.dataDirectory })
    await bench.expectNothingLeft()
  })

  test('H60: they allow nothing else', async () => {
    await using rights = await grantFor(bench)
    const { dataset } = rights
    const { mountDirectory = '' } = rights.options
    const [snapshot, clone] = [`${dataset}@pgfork-x`, `${parent}/x`]
    const cloning = (mountPoint: string, properties: readonly string[] = own): string[] => [
      ...['zfs', 'clone', '-o', 'recordsize=8192'],
      ...[...properties, `mountpoint=${mountPoint}`, 'pgfork:mark=clone', 'pgfork:volumes=[]'].flatMap((property) => [
        '-o',
        property,
      ]),
      ...[snapshot, clone],
    ]
    // What he may do, so that the refusals below have no other reason.
    for (const allowed of [cloning(`${mountDirectory}/x`), ['zfs', 'mount', clone], ['zfs', 'destroy', snapshot]])
      expect(await maySudo(user, allowed), allowed.join(' ')).toBe(true)
    for (const refused of [
      cloning('/etc'),
      cloning(`${mountDirectory}/../etc`),
      cloning(`${mountDirectory}/..`),
      cloning(`${mountDirectory}/x /etc`),
      cloning(
        `${mountDirectory}/x`,
        own.map((one) => one.replace('sharenfs=off', 'sharenfs=rw')),
      ),
      cloning(
        `${mountDirectory}/x`,
        own.map((one) => one.replace('setuid=off', 'setuid=on')),
      ),
      cloning(`${mountDirectory}/x`, [...own, 'mountpoint=/etc']),
      [
        'zfs',
        'snapshot',
        '-o',
        'pgfork:mark=snapshot',
        '-o',
        `pgfork:volumes=[]\n${zpool}\tpgfork:mark\tclone`,
        snapshot,
      ],
      ['zfs', 'set', 'mountpoint=/etc', clone],
      ['zfs', 'set', 'quota=1M', dataset],
      ['zfs', 'mount', '-o', 'suid', clone],
      ['zfs', 'mount', dataset],
      ['zfs', 'unmount', dataset],
      ['zfs', 'unmount', '-f', clone],
      ['zfs', 'destroy', dataset],
      ['zfs', 'destroy', '-r', clone],
      ['zfs', 'destroy', clone, dataset],
      ['zfs', 'destroy', parent],
      ['zfs', 'destroy', `${dataset}@backup`],
      ['zfs', 'destroy', `${snapshot}%backup`],
      ['zfs', 'destroy', `${snapshot},backup`],
      ['zfs', 'release', 'keep', `${dataset}@backup`],
      ['zfs', 'release', 'pgfork', `${dataset}@backup`],
      ['zfs', 'rollback', snapshot],
      ['zfs', 'rename', clone, `${parent}/y`],
      ['zfs', 'send', snapshot],
      ['zfs', 'allow', 'everyone', 'mount', dataset],
      ['rmdir', '--', '/srv'],
      ['zpool', 'destroy', zpool],
      ['sh'],
    ])
      expect(await maySudo(user, refused), refused.join(' ')).toBe(false)
    // Nor can he lead a mount that he may ask for elsewhere.
    const inside = join(mountDirectory, 'x')
    await expect(runner.run('ln', ['-s', '/etc', inside], { user })).rejects.toThrow(/Permission denied/)
    await expect(runner.run('mkdir', [inside], { user })).rejects.toThrow(/Permission denied/)
  })

  test('properties that are hidden in the value of another one leave a clone that nothing mounts (H60)', async () => {
    await using rights = await grantFor(bench)
    const { mountDirectory = '' } = rights.options
    const [snapshot, clone] = [`${rights.dataset}@pgfork-x`, `${parent}/x`]
    await runner.run('zfs', ['snapshot', snapshot])
    // To sudo, which compares words with blanks between them, it looks like the line; zfs sees one long value.
    const hidden = [
      'com.sun:auto-snapshot=false',
      `-o mountpoint=${mountDirectory}/x -o pgfork:mark=clone -o pgfork:volumes=[]`,
    ].join(' ')
    const words = own.slice(0, -1)
    const options = [...words, hidden].flatMap((word) => ['-o', word])
    await runner.run('sudo', ['-n', 'zfs', 'clone', ...options, snapshot, clone], { user })
    const mounting = runner.run('sudo', ['-n', 'zfs', 'mount', clone], { user })
    await expect(mounting).rejects.toThrow(/no mountpoint set|legacy/)
    await runner.run('zfs', ['destroy', clone])
    await runner.run('zfs', ['destroy', snapshot])
  })

  test('H77: what he writes into a mark leads no driver to a dataset of somebody else, and breaks no listing', async () => {
    await using rights = await grantFor(bench)
    const { mountDirectory = '' } = rights.options
    const [snapshot, forged, broken] = [`${rights.dataset}@pgfork-x`, `${parent}/forged`, `${parent}/broken`]
    await runner.run('zfs', ['snapshot', snapshot])
    const cloneAs = async (clone: string, volumes: unknown): Promise<void> => {
      const mark = [`mountpoint=${mountDirectory}/x`, 'pgfork:mark=clone', `pgfork:volumes=${JSON.stringify(volumes)}`]
      const options = [...own, ...mark].flatMap((property) => ['-o', property])
      await runner.run('sudo', ['-n', 'zfs', 'clone', ...options, snapshot, clone], { user })
    }
    try {
      const driver = zfs({ parent })
      const context = createContext()
      const volume = await driver.locate(bench.root, context)
      await cloneAs(broken, [{ attributes: null }, 1])
      const attributes = { ...volume.attributes, parent: `${zpool}/theirs` }
      await cloneAs(forged, [{ ...volume, pool: 'zfs:other', attributes }])
      const found = (await driver.list(volume, context)).filter(({ name }) => ['forged', 'broken'].includes(name))
      expect(found).toMatchObject([{ name: 'forged', volume: { pool: `zfs:${zpool}`, attributes: { parent } } }])
    } finally {
      for (const name of [forged, broken, snapshot]) await runner.run('zfs', ['destroy', name]).catch(() => {})
    }
  })

  test('zfs allow for the source would let him destroy its backups', async () => {
    const dataset = (await findMount(bench.root))?.source ?? ''
    const backup = `${dataset}@backup`
    await runner.run('zfs', ['snapshot', backup])
    const destroying = () => runner.run('zfs', ['destroy', backup], { user })
    await expect(destroying()).rejects.toThrow(/permission denied/)
    await runner.run('zfs', ['allow', '-u', String(user.uid), 'snapshot,destroy,mount', dataset])
    await destroying()
    await runner.run('zfs', ['unallow', '-u', String(user.uid), dataset])
    await expect(runner.run('zfs', ['list', backup])).rejects.toThrow(/does not exist/)
  })
})
