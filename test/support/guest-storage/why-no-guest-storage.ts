import process from 'node:process'

export type GuestStorageName = 'lvm' | 'zfs'

/** Why there is no such storage here: only the lab's guests have it (test/lab/README.md), those that `DRIVERS` names. */
export function whyNoGuestStorage(name: GuestStorageName): string | undefined {
  const isMade = (process.env.DRIVERS ?? 'lvm,zfs').split(',').includes(name)
  if (process.env.PGFORK_LAB_GUEST !== undefined && isMade) return undefined
  return `${name} needs a guest of the lab. Run: DRIVERS=${name} npm test`
}
