import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createContext, fillVolume } from '../../../test/support/driver-fixture/index.ts'
import { createThinVolume, volumeGroup } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { lvm } from './index.ts'

test('a directory below the mount point is found, also by a symbolic link, and what a mount needs is carried over', async () => {
  await using thin = await createThinVolume({ mountOptions: ['noatime', 'commit=7', 'errors=remount-ro'] })
  const data = await fillVolume(thin.path)
  const link = join(thin.path, 'link')
  await symlink(data, link)
  const volume = await lvm().locate(link, createContext())
  expect(volume).toMatchObject({
    id: expect.stringMatching(/^lvm:[\w-]{38}$/),
    pool: `lvm:${volumeGroup}/pool`,
    root: thin.path,
    copyOnWrite: true,
    attributes: { group: volumeGroup, fileSystem: 'ext4', mountOptions: expect.stringMatching(/^rw,/) },
  })
  expect(volume.attributes.mountOptions?.split(',')).toEqual(
    expect.arrayContaining(['noatime', 'commit=7', 'errors=remount-ro']),
  )
})

test('H55: a pool that nothing watches, or that is never extended, is told once', async () => {
  await using thin = await createThinVolume()
  const [driver, context] = [lvm(), createContext()]
  await runner.run('lvchange', ['--monitor', 'n', `${volumeGroup}/pool`])
  try {
    await driver.locate(thin.path, context)
    await driver.locate(thin.path, context)
  } finally {
    await runner.run('lvchange', ['--monitor', 'y', `${volumeGroup}/pool`])
  }
  expect(context.warnings).toEqual([
    expect.stringMatching(
      /can fill up, .*dmeventd does not monitor it .* and lvm.conf does not let it be extended .*H55/,
    ),
  ])
  const watched = createContext()
  await lvm().locate(thin.path, watched)
  expect(watched.warnings).toEqual([expect.not.stringContaining('dmeventd')])
})

test('a thick volume is refused with the reason', async () => {
  const name = `${volumeGroup}/thick`
  await using thin = await createThinVolume()
  const mountPoint = join(thin.path, 'elsewhere')
  await mkdir(mountPoint)
  await runner.run('lvcreate', ['--yes', '-L', '64M', '-n', 'thick', volumeGroup])
  try {
    await runner.run('mkfs.ext4', ['-q', `/dev/${name}`])
    await runner.run('mount', [`/dev/${name}`, mountPoint])
    await expect(lvm().locate(mountPoint, createContext())).rejects.toMatchObject({
      code: 'DRIVER_NOT_APPLICABLE',
      message: expect.stringMatching(/pgfork_test\/thick, which is not thin \(linear\).* Move it to a thin volume/),
    })
    // H3: what is mounted below isn't in a snapshot.
    await expect(lvm().locate(thin.path, createContext())).rejects.toMatchObject({
      code: 'LAYOUT_REFUSED',
      hazard: 'H3',
      message: expect.stringContaining(mountPoint),
    })
  } finally {
    await runner.run('umount', [mountPoint]).catch(() => {})
    await runner.run('lvremove', ['--yes', name])
  }
})

test('what is no logical volume, seen through a bind mount, or not mountable by us, is refused with the reason', async () => {
  const refused = (path: string) => expect(lvm().locate(path, createContext())).rejects
  await refused('/proc').toMatchObject({ code: 'DRIVER_NOT_APPLICABLE', message: expect.stringContaining('/proc') })
  await refused('/nowhere').toMatchObject({ code: 'DRIVER_NOT_APPLICABLE' })
  await using thin = await createThinVolume()
  const [data, bound] = [await fillVolume(thin.path), join(thin.path, '..', 'bound')]
  await mkdir(bound)
  await runner.run('mount', ['--bind', data, bound])
  try {
    await refused(bound).toMatchObject({
      code: 'DRIVER_NOT_APPLICABLE',
      message: expect.stringContaining('bind mount'),
    })
  } finally {
    await runner.run('umount', [bound])
  }
})
