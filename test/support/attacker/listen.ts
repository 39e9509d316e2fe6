import { once } from 'node:events'
import { chown } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import type { UserIdentity } from '@pgfork/core'

/** AuthenticationCleartextPassword (manual, "Message Formats"). */
const askForPassword = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])

/** What stands for a server at a socket: it notes who comes, asks for a password and hangs up. */
export interface Listener {
  readonly path: string
  /** The password of each, as far as one was given. */
  readonly visits: string[]
  /** The messages that answered the question. */
  readonly answers: string[]
  close(): Promise<void>
}

export async function listen(path: string, owner: UserIdentity): Promise<Listener> {
  const visits: string[] = []
  const answers: string[] = []
  const server: Server = createServer((connection) => {
    const visit = visits.push('') - 1
    connection.on('error', () => {})
    connection.once('data', () => {
      connection.write(askForPassword)
      connection.once('data', (answer) => {
        answers.push(answer.toString('latin1'))
        visits[visit] = answer.toString('latin1', 5).replace('\0', '')
        connection.destroy()
      })
    })
  })
  server.listen(path)
  await once(server, 'listening')
  await chown(path, owner.uid, owner.gid)
  return { path, visits, answers, close: async () => void (await new Promise((resolve) => server.close(resolve))) }
}
