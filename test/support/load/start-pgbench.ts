import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findClientTool } from '../system/find-client-tool.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { runner } from '../system/runner.ts'
import { waitUntil } from '../wait-until.ts'
import type { Load, LoadOptions, LoadResult, LoadTarget, TransactionSample } from './load.ts'
import { createPgbenchTables } from './pgbench-tables.ts'
import { summarise } from './throughput.ts'
import { followTransactionLog } from './transaction-log.ts'

export interface PgbenchOptions extends LoadOptions {
  /** Transactions per second in all. Default: as many as there can be. */
  readonly rate?: number
}

/** Puts load on a server of any version by the newest installed pgbench. */
export async function startPgbench(target: LoadTarget, options: PgbenchOptions = {}): Promise<Load> {
  const { clients = 4, rate, scale } = options
  const pgbench = await findClientTool('pgbench')
  if (pgbench === undefined) throw new Error('pgbench is not installed. Run: apt-get install postgresql')
  if (scale !== undefined) await createPgbenchTables(target, scale)
  const folder = await makeWorkFolder('pgbench')
  const [logFolder, outputFile] = [join(folder, 'log'), join(folder, 'output')]
  await mkdir(logFolder)
  const { host, port, user = 'postgres', database = 'postgres' } = target.connection
  const startedMs = Date.now()
  const { pid, exited } = await runner.start(
    pgbench,
    [
      ...['--no-vacuum', '--time=86400', `--client=${clients}`, `--jobs=${Math.min(clients, 2)}`],
      ...['--log', `--log-prefix=${join(logFolder, 'transactions')}`],
      ...(rate === undefined ? [] : [`--rate=${rate}`]),
      ...[`--host=${host}`, `--port=${port}`, `--username=${user}`, database],
    ],
    { outputFile, workingDirectory: folder, diesWithCaller: process.platform === 'linux' },
  )
  let end: string | undefined
  void exited.then(({ exitCode, signal }) => {
    end = signal ?? `exit status ${exitCode}`
  })
  const follow = followTransactionLog(logFolder)
  let final: TransactionSample[] | undefined
  let stopped: Promise<LoadResult> | undefined

  async function finish(): Promise<LoadResult> {
    // pgbench's own way to end a timed run: it lets its transactions finish.
    if (end === undefined) process.kill(pid, 'SIGALRM')
    const durationMs = Date.now() - startedMs
    try {
      await waitUntil(() => end !== undefined, { timeoutMs: 60_000, what: `end of pgbench ${pid}` })
      const output = await readFile(outputFile, 'utf8')
      if (end !== 'exit status 0') throw new Error(`pgbench ended with ${end}:\n${output}`)
      final = await follow()
      return summarise(final, durationMs)
    } finally {
      if (end === undefined) process.kill(pid, 'SIGKILL')
      await rm(folder, { recursive: true, force: true })
    }
  }
  const stop = () => {
    stopped ??= finish()
    return stopped
  }
  return {
    kind: 'pgbench',
    samples: async () => final ?? (await follow()),
    stop,
    // Whoever wants to know how it ended asks stop(); clients of a server that was crashed on purpose end badly.
    [Symbol.asyncDispose]: async () => void (await stop().catch(() => undefined)),
  }
}
