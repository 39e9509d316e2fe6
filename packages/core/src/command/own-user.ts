import process from 'node:process'
import type { UserIdentity } from './command-runner.ts'

/** Whom this process runs as. Root where the system has no users. */
export const ownUser = (): UserIdentity => ({ uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 })
