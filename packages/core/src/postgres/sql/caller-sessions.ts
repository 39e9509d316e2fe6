import type { Client } from 'pg'
import { endSession } from './end-session.ts'

/** Further sessions for a caller's function. Those that it leaves open are ended after it. */
export interface CallerContext {
  /** Default: the fork's `database`, of which the function has a client already. */
  connect(options?: { readonly database?: string }): Promise<Client>
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

export function callerSessions(open: (database: string) => Promise<Client>, database: string): CallerSessions {
  const clients: Client[] = []
  let isOver = false
  return {
    context: {
      async connect(options = {}) {
        if (isOver) throw new Error('The function that this was given to has ended.')
        const client = await open(options.database ?? database)
        clients.push(client)
        return client
      },
    },
    transactions: async () => {
      const states = await Promise.all(clients.map(transactionOf))
      return states.filter((state) => state !== undefined)
    },
    async end() {
      isOver = true
      await Promise.all(clients.map(endSession))
    },
  }
}

/** What the server said after the last statement; what was sent and not awaited comes before that. */
async function transactionOf(client: Client): Promise<'open' | 'failed' | undefined> {
  // Nothing can be sent by one that has ended, but what it had begun is known.
  await client.query('').catch(() => {})
  const states = { I: undefined, T: 'open', E: 'failed' } as const
  return states[client.getTransactionStatus() ?? 'I']
}
