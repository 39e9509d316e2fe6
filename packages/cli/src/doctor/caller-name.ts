import { userInfo } from 'node:os'
import process from 'node:process'

/** A user of a container need not have a name. */
export function callerName(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.geteuid?.()}`
  }
}
