import { readdir, readFile } from 'node:fs/promises'

export interface LoopDevice {
  /** As `/dev/loop3`. */
  readonly device: string
  /** The file behind it; one that has been deleted ends in " (deleted)". */
  readonly backingFile: string
}

/** The loop devices in use. Read from /sys, so that no root is needed. */
export async function listLoopDevices(): Promise<LoopDevice[]> {
  const names = (await readdir('/sys/block').catch(() => [])).filter((name) => name.startsWith('loop'))
  const devices = await Promise.all(
    names.map(async (name) => {
      const backingFile = await readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => undefined)
      return backingFile === undefined ? undefined : { device: `/dev/${name}`, backingFile: backingFile.trim() }
    }),
  )
  return devices.filter((device) => device !== undefined)
}
