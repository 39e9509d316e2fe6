import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import process from 'node:process'

/** The name of a local user; undefined for one that only a directory service knows, or nobody, as in many containers. */
export async function userName(uid: number): Promise<string | undefined> {
  const own = uid === process.geteuid?.() ? ownName() : undefined
  if (own !== undefined) return own
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const entry = users.split('\n').find((line) => line.split(':')[2] === String(uid))
  return entry?.split(':')[0]
}

/** Of this process's user, for messages and commands: his number where he has no name. */
export const callerName = (): string => ownName() ?? String(process.geteuid?.())

function ownName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}
