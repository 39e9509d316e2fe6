import { PgforkError, type SnapshotDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { lvm } from '@pgfork/driver-lvm'
import { overlay } from '@pgfork/driver-overlay'
import { rbd } from '@pgfork/driver-rbd'
import { zfs } from '@pgfork/driver-zfs'
import type { DriverOptions } from '../config/pgfork-config.ts'

/** In the order in which they are asked for a source: the one that works everywhere comes last. */
const asked = ['btrfs', 'zfs', 'lvm', 'rbd', 'copy'] as const
/** `overlay` serves a source only if it is named: for large clusters it is wrong, and it tries to mount. */
export const driverNames = [...asked, 'overlay'] as const
type DriverName = (typeof driverNames)[number]

/** All: for what is there, whatever it was made by. */
export const makeDrivers = (options: DriverOptions = {}): SnapshotDriver[] => make(driverNames, options)

/** Those that may serve a source: the one that was named, or all that are asked. @throws PgforkError `INVALID_OPTION` */
export function chooseDrivers(options: DriverOptions = {}, named?: string): SnapshotDriver[] {
  if (named === undefined) return make(asked, options)
  if (isDriverName(named)) return make([named], options)
  throw new PgforkError('INVALID_OPTION', `There is no driver ${named}. There are ${driverNames.join(', ')}.`, {
    facts: { option: 'driver' },
  })
}

function make(names: readonly DriverName[], options: DriverOptions): SnapshotDriver[] {
  const factories = {
    btrfs: () => btrfs(options.btrfs),
    zfs: () => zfs(options.zfs),
    lvm: () => lvm(options.lvm),
    rbd: () => rbd(options.rbd),
    copy: () => copy(options.copy),
    overlay: () => overlay(options.overlay),
  }
  return names.map((name) => factories[name]())
}

const isDriverName = (name: string): name is DriverName => (driverNames as readonly string[]).includes(name)
