import type { UserIdentity } from '@pgfork/core'

/** A local user who has nothing to do with any cluster. */
export const nobody: UserIdentity = { uid: 65_534, gid: 65_534 }

/** Only root can act for others, and so be led astray. */
export const isRoot = process.geteuid?.() === 0
