import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import process from 'node:process'
import type { Cluster } from '../cluster/index.ts'
import { runAtEnd } from '../system/run-at-end.ts'

/**
 * A way to a server on which a backend is stopped (SIGSTOP) as the n-th statement begins, counted over all sessions. Disposing of it
 * ends the session that was stopped.
 */
export interface FreezingProxy extends AsyncDisposable {
  readonly host: '127.0.0.1'
  readonly port: number
  /** Statements that have begun. */
  readonly begun: number
  /** Resolves when a backend was stopped. */
  readonly frozen: Promise<void>
}

const startOfStatement = new Set(['Q', 'P'].map((letter) => letter.charCodeAt(0)))
const backendKeyData = 'K'.charCodeAt(0)

/** The types of the messages in a stream of them, and what follows the type and length of each. */
class Messages {
  #rest = Buffer.alloc(0)
  #hasType: boolean

  constructor(hasType: boolean) {
    this.#hasType = hasType
  }

  *add(data: Buffer): Generator<{ readonly type: number; readonly body: Buffer }> {
    this.#rest = Buffer.concat([this.#rest, data])
    for (;;) {
      const at = this.#hasType ? 1 : 0
      if (this.#rest.length < at + 4) return
      const length = this.#rest.readInt32BE(at)
      if (this.#rest.length < at + length) return
      const body = this.#rest.subarray(at + 4, at + length)
      // The first one of a client has no type.
      yield { type: this.#hasType ? (this.#rest[0] as number) : 0, body }
      this.#rest = this.#rest.subarray(at + length)
      this.#hasType = true
    }
  }
}

export async function startFreezingProxy(cluster: Cluster, freezeAt: number): Promise<FreezingProxy> {
  let begun = 0
  let frozenPid: number | undefined
  const sockets = new Set<Socket>()
  let tell: () => void = () => {}
  const frozen = new Promise<void>((resolve) => {
    tell = resolve
  })
  let goingOn: Promise<AsyncDisposable> | undefined
  const begin = (pid: number | undefined): void => {
    if (++begun !== freezeAt || pid === undefined) return
    process.kill(pid, 'SIGSTOP')
    goingOn = runAtEnd('kill', ['-CONT', String(pid)])
    frozenPid = pid
    tell()
  }
  const serve = (client: Socket): void => {
    const server = connect(`${cluster.socketDirectory}/.s.PGSQL.${cluster.port}`)
    let backend: number | undefined
    const [requests, answers] = [new Messages(false), new Messages(true)]
    client.on('data', (data) => {
      for (const { type } of requests.add(data)) if (startOfStatement.has(type)) begin(backend)
      server.write(data)
    })
    server.on('data', (data) => {
      for (const { type, body } of answers.add(data)) if (type === backendKeyData) backend = body.readInt32BE(0)
      client.write(data)
    })
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  }
  const listener = createServer(serve)
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    host: '127.0.0.1',
    port: (listener.address() as AddressInfo).port,
    frozen,
    get begun() {
      return begun
    },
    async [Symbol.asyncDispose]() {
      if (!listener.listening) return
      if (frozenPid !== undefined) process.kill(frozenPid, 'SIGTERM')
      await (await goingOn)?.[Symbol.asyncDispose]()
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
}
