import { connect } from 'node:net'

export interface CancelRequest {
  readonly host: string
  readonly port: number
  /** As the server told them to the session whose statement is to be cancelled. */
  readonly processId: number
  readonly secretKey: number
}

const code = 80_877_102
const timeoutMs = 2_000

/**
 * Asks a server to cancel the statement that a session of ours waits for (manual, "Canceling Requests in Progress"). There is no
 * answer, and none is waited for.
 */
export function requestCancel({ host, port, processId, secretKey }: CancelRequest): void {
  const packet = Buffer.alloc(16)
  for (const [index, value] of [packet.length, code, processId, secretKey].entries())
    packet.writeInt32BE(value, index * 4)
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
  socket.setTimeout(timeoutMs, () => socket.destroy())
  socket.on('error', () => {})
  socket.on('connect', () => socket.end(packet))
  // The server closes its end when it has read the packet.
  socket.resume()
}
