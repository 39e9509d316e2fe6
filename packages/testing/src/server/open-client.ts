import type { ForkConnection } from '@pgfork/core'
import { createUserClient, noPassword } from '@pgfork/core/companion'
import type { Client } from 'pg'

/** Of a server of ours, which asks for no password: whoever may listen in its place is given none of the environment's (H29). */
export const withoutPassword = (connection: ForkConnection) => ({ ...connection, password: noPassword })

/** Not connected yet. */
export const openClient = (connection: ForkConnection): Client => createUserClient(withoutPassword(connection))
