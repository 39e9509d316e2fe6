import { rm, writeFile } from 'node:fs/promises'
import { unmount } from '../storage/unmount.ts'
import { listMounts } from '../system/mounts.ts'
import { runner } from '../system/runner.ts'
import { volumeGroup } from './create-thin-volume.ts'

/** LVM reads it beside lvm.conf. */
const localConfiguration = '/etc/lvm/lvmlocal.conf'

/** Takes the devices of the volume group away from LVM, as if they were not attached yet. Disposing brings back what was mounted. */
export async function takeAwayGroup(): Promise<AsyncDisposable> {
  const ours = `/dev/mapper/${volumeGroup.replaceAll('-', '--')}-`
  const mounts = (await listMounts()).filter(({ source }) => source.startsWith(ours))
  for (const { mountPoint } of mounts.toReversed()) await unmount(mountPoint)
  await runner.run('vgchange', ['--activate', 'n', volumeGroup])
  await writeFile(localConfiguration, 'devices { global_filter = [ "r|.*|" ] }\n')
  return {
    async [Symbol.asyncDispose]() {
      await rm(localConfiguration)
      await runner.run('vgchange', ['--activate', 'y', volumeGroup])
      // Clones are activated and mounted by their driver.
      for (const { source, mountPoint, fileSystem } of mounts.filter((mount) => !mount.source.includes('-pgfork--')))
        await runner.run('mount', ['-t', fileSystem, source, mountPoint])
    },
  }
}
