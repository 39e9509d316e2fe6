import type { Client } from 'pg'

/** What node-postgres has and doesn't type. */
interface Stream {
  on(event: string, listener: Listener): unknown
  destroy(error: Error): void
}

type Listener = (data: Buffer) => void

interface Connection {
  attachListeners(stream: Pick<Stream, 'on'>): unknown
}

/**
 * A client that survives what no server says. node-postgres (8.23) believes the lengths and counts of messages, and throws where the bytes come in: nobody could
 * catch that, and the program would end that called us (H126). Here the session fails, as when its server goes away.
 */
export function withstandNonsense<Any extends Client>(client: Any): Any {
  const { connection } = client as unknown as { readonly connection: Connection }
  const attach = connection.attachListeners.bind(connection)
  connection.attachListeners = (stream) =>
    attach({ on: (event, listener) => listen(stream as Stream, event, listener) })
  return client
}

function listen(stream: Stream, event: string, listener: Listener): unknown {
  if (event !== 'data') return stream.on(event, listener)
  return stream.on(event, (data) => {
    try {
      listener(data)
    } catch (cause) {
      stream.destroy(new Error('What it says is not what a PostgreSQL server says', { cause }))
    }
  })
}
