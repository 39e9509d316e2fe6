import type { Client } from 'pg'
import { abortable } from '../../process/abortable.ts'

const timeoutMs = 5_000

/** Ends a session, whatever its server does: one that doesn't answer is left. */
export async function endSession(client: Client): Promise<void> {
  const ended = abortable(client.end(), { what: 'The end of a session', timeoutMs })
  await ended.catch(() => connectionOf(client).stream.destroy())
}

/** node-postgres has it and doesn't type it. */
const connectionOf = (client: Client) => (client as Client & { connection: { stream: { destroy(): void } } }).connection
