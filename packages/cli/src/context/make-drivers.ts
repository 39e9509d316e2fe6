import { PgforkError, type SnapshotDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { lvm } from '@pgfork/driver-lvm'
import { zfs } from '@pgfork/driver-zfs'
import type { DriverOptions } from '../config/pgfork-config.ts'

/** In the order in which they are asked: the one that works everywhere comes last. */
export const driverNames = ['btrfs', 'zfs', 'lvm', 'copy'] as const
type DriverName = (typeof driverNames)[number]

/** All, or the one that was chosen. @throws PgforkError `INVALID_OPTION` */
export function makeDrivers(options: DriverOptions = {}, chosen?: string): SnapshotDriver[] {
  if (chosen !== undefined && !isDriverName(chosen))
    throw new PgforkError('INVALID_OPTION', `There is no driver ${chosen}. There are ${driverNames.join(', ')}.`, {
      facts: { option: 'driver' },
    })
  const make = {
    btrfs: () => btrfs(options.btrfs),
    zfs: () => zfs(options.zfs),
    lvm: () => lvm(options.lvm),
    copy: () => copy(options.copy),
  }
  return driverNames.filter((name) => chosen === undefined || name === chosen).map((name) => make[name]())
}

const isDriverName = (name: string): name is DriverName => (driverNames as readonly string[]).includes(name)
