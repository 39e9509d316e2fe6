import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { LoadTarget } from '../load/load.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { waitUntil } from '../wait-until.ts'
import { CommitLog } from './commit-log.ts'
import { type Acknowledged, History, type Issued } from './history.ts'
import { commit, createLedger } from './ledger.ts'

export interface OracleOptions {
  /** Clients that write at the same time. Default 8. */
  readonly writers?: number
  /** Bytes that each transaction adds to its row, to make more WAL. Default 0. */
  readonly payloadBytes?: number
  /** Milliseconds that each client rests between its transactions. Default 0. */
  readonly pauseMs?: number
  /** Whether the server may end in between: then writers connect again and what was under way is in doubt. Default false. */
  readonly toleratesErrors?: boolean
  /** Where the log of acknowledged commits is made. Default: in a folder of its own, which goes with the oracle. */
  readonly logFile?: string
}

/** Writers that know what a fork must hold. Disposing of it stops them and deletes the log. */
export interface Oracle extends AsyncDisposable {
  /** Holds each acknowledged commit durably after 20 ms and an fsync: `readCommitLog` tells another process. */
  readonly logFile: string
  /** All that is acknowledged now. Ask before you ask for the fork. */
  acknowledged(): Acknowledged
  /** All that was begun until now. Ask when the fork has been made. */
  issued(): Issued
  /** Lets the running transactions end. @throws Error when a writer met one, unless that is tolerated. */
  stop(): Promise<void>
}

/** Starts writers on a server, in new tables of its database; returns when each has committed. */
export async function startOracle(target: LoadTarget, options: OracleOptions = {}): Promise<Oracle> {
  const { writers = 8, payloadBytes = 0, pauseMs = 0, toleratesErrors = false } = options
  const setup = await connect(target)
  await createLedger(setup, writers).finally(() => setup.end())
  const folder = await makeWorkFolder('oracle')
  const logFile = options.logFile ?? join(folder, 'acknowledged')
  const log = await CommitLog.create(logFile)
  const history = new History()
  const payload = 'x'.repeat(payloadBytes)
  const errors: unknown[] = []
  let isStopping = false
  let stopped: Promise<void> | undefined

  async function write(writer: number, client: pg.Client): Promise<void> {
    while (!isStopping) {
      const name = { writer, sequence: history.issue(writer) }
      await commit(client, name, payload)
      history.acknowledge(name)
      log.append(name, history.issuedTick(name) ?? 0, history.tick)
      if (pauseMs > 0) await delay(pauseMs)
    }
  }

  async function runWriter(writer: number): Promise<void> {
    while (!isStopping) {
      try {
        const client = await connect(target)
        await write(writer, client).finally(() => client.end().catch(() => undefined))
      } catch (error) {
        errors.push(error)
        if (!toleratesErrors) return
        await delay(20)
      }
    }
  }

  const runs = Promise.all(Array.from({ length: writers }, (_, writer) => runWriter(writer)))
  async function finish(): Promise<void> {
    isStopping = true
    await runs
    await log.close()
    if (errors.length > 0 && !toleratesErrors) throw new AggregateError(errors, `Writers failed: ${errors.join('; ')}`)
  }
  const stop = () => {
    stopped ??= finish()
    return stopped
  }
  const hasCommitted = (_: unknown, writer: number) => history.acknowledgedTick({ writer, sequence: 1 }) !== undefined
  const oracle: Oracle = {
    logFile,
    acknowledged: () => ({ history, untilTick: history.tick }),
    issued: () => ({ history, untilTick: history.tick }),
    stop,
    async [Symbol.asyncDispose]() {
      await stop().catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
  }
  await waitUntil(() => errors.length > 0 || Array.from({ length: writers }).every(hasCommitted), {
    timeoutMs: 30_000,
    what: 'first commit of every writer',
  })
  return oracle
}

async function connect({ connection }: LoadTarget): Promise<pg.Client> {
  const client = new pg.Client({ ...connection })
  // A lost connection rejects the query that is under way; the event would end the process.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
