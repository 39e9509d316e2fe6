import { type Listener, listeningUsers } from '@pgfork/core/companion'

/** Whether somebody listens there, and nobody but this user. */
export function listensAt(listener: Listener, uid: number): boolean {
  const users = listeningUsers(listener) ?? []
  return users.length > 0 && users.every((user) => user === uid)
}
