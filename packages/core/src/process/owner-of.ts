import { readFileSync, type Stats } from 'node:fs'
import type { UserIdentity } from '../command/command-runner.ts'

/**
 * Whom a cluster's files belong to, as the user that its programs are run as. With his own group, not the directory's: one that he makes
 * in a folder with the setgid bit has that folder's group, whether or not he is in it (H82). A user whom only a directory service knows,
 * or nobody, as in many containers, has that of his directory.
 */
export const ownerOf = ({ uid, gid }: Pick<Stats, 'uid' | 'gid'>): UserIdentity => ({
  uid,
  gid: ownGroupOf(uid) ?? gid,
})

/** The local user of this name. */
export function userNamed(name: string): UserIdentity | undefined {
  const [, , uid = '', gid = ''] = readUsers().find(([user]) => user === name) ?? []
  return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? { uid: Number(uid), gid: Number(gid) } : undefined
}

/** As passwd(5) has it. Undefined for whom it doesn't know. */
export function ownGroupOf(uid: number): number | undefined {
  const entry = readUsers().find(([, , id]) => id === String(uid))
  return /^\d+$/.test(entry?.[3] ?? '') ? Number(entry?.[3]) : undefined
}

/** The home of a local user; undefined for one whom only a directory service knows, or nobody. */
export const homeOf = (uid: number): string | undefined => {
  const home = readUsers().find(([, , id]) => id === String(uid))?.[5]
  return home === '' ? undefined : home
}

function readUsers(): string[][] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
  } catch {
    return []
  }
}
