import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import process from 'node:process'

/** The name of a local user; undefined for one that only a directory service knows. */
export async function userName(uid: number): Promise<string | undefined> {
  if (uid === process.geteuid?.()) return userInfo().username
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const entry = users.split('\n').find((line) => line.split(':')[2] === String(uid))
  return entry?.split(':')[0]
}
