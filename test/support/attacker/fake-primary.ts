import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** What stands for a server elsewhere, and says what its owner likes. It has no TLS. */
export interface FakePrimary extends AsyncDisposable {
  readonly port: number
  /** The parameters of each session. */
  readonly sessions: Readonly<Record<string, string>>[]
  /** What was given for a password. */
  readonly passwords: string[]
}

export interface FakePrimaryOptions {
  /** Asks for the password itself, as a server may that has it hashed. */
  readonly asksForPassword?: boolean
  /** Messages that answer a statement; without any it is one that returns nothing. */
  readonly answer?: (statement: string) => readonly Buffer[] | undefined
}

const tlsRequest = 80_877_103
const cancelRequest = 80_877_102

/** As a server sends it (manual, "Message Formats"). */
export const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** For the next statement. */
export const ready = message('Z', Buffer.from('I'))
const letIn = Buffer.concat([message('R', Buffer.alloc(4)), ready])
const askForPassword = message('R', Buffer.from([0, 0, 0, 3]))

/** An error of a statement, or the end of the session. */
export const errorMessage = (severity: 'ERROR' | 'FATAL', code: string, text: string): Buffer =>
  message('E', Buffer.from(`S${severity}\0V${severity}\0C${code}\0M${text}\0\0`))

export async function fakePrimary({ asksForPassword = false, answer }: FakePrimaryOptions = {}): Promise<FakePrimary> {
  const sessions: Record<string, string>[] = []
  const passwords: string[] = []
  const sockets = new Set<Socket>()
  const begin = (packet: Buffer, socket: Socket): void => {
    const code = packet.readInt32BE(4)
    if (code === cancelRequest) return void socket.end()
    if (code === tlsRequest) return void socket.write('N')
    const words = packet.toString('utf8', 8).split('\0')
    const pairs = words.flatMap((word, index) =>
      index % 2 === 0 && word !== '' ? [[word, words[index + 1] ?? '']] : [],
    )
    sessions.push(Object.fromEntries(pairs))
    socket.write(asksForPassword ? askForPassword : letIn)
  }
  const go = (type: string, text: string, socket: Socket): void => {
    if (type === 'X') socket.end()
    if (type === 'p') {
      passwords.push(text)
      socket.end(errorMessage('FATAL', '28P01', 'password authentication failed'))
    }
    if (type !== 'Q') return
    const answers = answer?.(text) ?? [message('C', Buffer.from('SELECT 0\0')), ready]
    for (const one of answers) socket.write(one)
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    let rest = Buffer.alloc(0)
    let hasBegun = false
    socket.on('error', () => {})
    socket.on('data', (data) => {
      rest = Buffer.concat([rest, data])
      for (;;) {
        const at = hasBegun ? 1 : 0
        if (rest.length < at + 4 || rest.length < at + rest.readInt32BE(at)) return
        const end = at + rest.readInt32BE(at)
        const packet = rest.subarray(0, end)
        rest = rest.subarray(end)
        if (hasBegun) go(packet.toString('latin1', 0, 1), packet.toString('utf8', 5, packet.length - 1), socket)
        else {
          hasBegun = ![tlsRequest, cancelRequest].includes(packet.readInt32BE(4))
          begin(packet, socket)
        }
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    passwords,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
