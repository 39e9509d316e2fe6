import { isBelow } from '../system/is-below.ts'
import { listLoopDevices } from '../system/loop-devices.ts'
import { listMounts } from '../system/mounts.ts'
import { runner } from '../system/runner.ts'
import { waitUntil } from '../wait-until.ts'
import { describeHolders } from './describe-holders.ts'

const boundMs = 60_000

/** Unmounts all that is mounted at or below `path`. While it is busy, tries again; at the end names who holds it. */
export async function unmount(path: string, timeoutMs = boundMs): Promise<void> {
  let lastError: unknown
  await waitUntil(
    async () => {
      const mounts = (await listMounts()).filter(({ mountPoint }) => isBelow(mountPoint, path))
      if (mounts.length === 0) return true
      // The deepest and youngest first: what is mounted on top of something keeps it busy.
      for (const { mountPoint } of mounts.reverse()) {
        await runner.run('umount', [mountPoint]).catch((error: unknown) => {
          lastError = error
        })
      }
      return false
    },
    {
      timeoutMs,
      pauseMs: 50,
      what: async () => `end to the mount ${path}: ${String(lastError)}\nIt is held by\n${await describeHolders(path)}`,
    },
  )
}

/** umount detaches the loop device by itself, a moment later; one that stays is detached here. */
export async function detachLoopDevice(imageFile: string): Promise<void> {
  const find = async () => (await listLoopDevices()).find(({ backingFile }) => backingFile === imageFile)
  let pauses = 0
  await waitUntil(
    async () => {
      const found = await find()
      if (found !== undefined && ++pauses > 10)
        await runner.run('losetup', ['--detach', found.device]).catch(() => undefined)
      return found === undefined
    },
    {
      timeoutMs: boundMs,
      pauseMs: 20,
      what: async () => `end to the loop device ${(await find())?.device} of ${imageFile}`,
    },
  )
}
