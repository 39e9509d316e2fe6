import type { Client } from 'pg'
import { checkOptions } from '../../options/check-options.ts'
import { databaseName, type OptionShape } from '../../options/checks.ts'
import { endSession } from './end-session.ts'

/** Whose session, and where. */
interface SessionOptions {
  readonly database?: string
  readonly user?: string
}

export const sessionShape: OptionShape<SessionOptions> = { database: databaseName, user: databaseName }

/** Further sessions for a caller's function. Those that it leaves open are ended after it. */
export interface CallerContext {
  /** Default: as the superuser in the fork's `database`, as the function's own client. */
  connect(options?: SessionOptions): Promise<Client>
}

/** A caller's function that works in a fork, as a superuser in a session of its own. */
export type CallerFunction = (client: Client, context: CallerContext) => Promise<unknown> | unknown

/** Ends what a function left behind, and looks at it before. */
export interface CallerSessions {
  readonly context: CallerContext
  /** The states of the transactions that its clients are in, once all that it has sent is done. */
  transactions(): Promise<('open' | 'failed')[]>
  end(): Promise<void>
}

export function callerSessions(
  open: (database: string, role?: string) => Promise<Client>,
  database: string,
): CallerSessions {
  const clients: Client[] = []
  const ended = new Set<Client>()
  let isOver = false
  return {
    context: {
      async connect(wish = {}) {
        // Who masks a database and mistypes the word would mask another one.
        checkOptions('connect', wish, sessionShape)
        if (isOver) throw new Error('The function that this was given to has ended.')
        const client = await open(wish.database ?? database, wish.user)
        // Nobody waits for it, and nobody would end it: the process would go on with it for ever.
        if (isOver) await endSession(client)
        clients.push(client)
        client.once('end', () => ended.add(client))
        return client
      },
    },
    transactions: async () => {
      const states = await Promise.all(clients.map((client) => transactionOf(client, ended.has(client))))
      return states.filter((state) => state !== undefined)
    },
    async end() {
      isOver = true
      await Promise.all(clients.map(endSession))
    },
  }
}

/** What the server said after the last statement. What was sent and not awaited comes before that. */
async function transactionOf(client: Client, hasEnded: boolean): Promise<'open' | 'failed' | undefined> {
  if (!hasEnded && !isIdle(client))
    await new Promise<void>((resolve) => {
      client.once('drain', resolve)
      client.once('end', resolve)
    })
  // Of one that has ended, what it had begun is known.
  const states = { I: undefined, T: 'open', E: 'failed' } as const
  return states[client.getTransactionStatus() ?? 'I']
}

/** node-postgres knows it and doesn't type it. */
const isIdle = (client: Client): boolean => (client as Client & { readonly readyForQuery: boolean }).readyForQuery
