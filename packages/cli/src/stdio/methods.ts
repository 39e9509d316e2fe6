import {
  createFork,
  type Fork,
  listForks,
  type OperationOptions,
  openFork,
  type Prepare,
  type ProgressEvent,
} from '@pgfork/core'
import { type ForkFlags, readForkOptions } from '../commands/fork-options.ts'
import type { Context } from '../context/context.ts'
import { chooseDrivers } from '../context/make-drivers.ts'
import { describeFork, findFork } from '../output/fork-report.ts'
import { usageError } from '../output/usage-error.ts'
import type { Methods } from './json-rpc.ts'
import { readParams } from './params.ts'

export interface Served {
  readonly methods: Methods
  /** Destroys the forks that were not to outlive this process. @returns what failed */
  end(): Promise<readonly unknown[]>
}

/** What a client can ask for. */
export function serveForks(context: Context, tell: (message: unknown) => void): Served {
  const made = new Map<string, Fork>()
  const fork = async (name: string, options: OperationOptions) => made.get(name) ?? openFork(name, options)

  const methods: Methods = {
    async create(params, id) {
      const asked = readParams('create', params)
      const warnings: string[] = []
      const request = {
        ...(await createOptions(context, asked)),
        ...(asked.driver === undefined ? {} : { driver: chooseDrivers(context.config.drivers, asked.driver) }),
        lifetime: asked.lifetime,
        onWarning: (message: string) => void warnings.push(message),
        onProgress: (event: ProgressEvent) => {
          if (asked.progress) tell({ jsonrpc: '2.0', method: 'progress', params: { id, ...event } })
        },
      }
      const startedAt = performance.now()
      const fresh = await createFork(request)
      const milliseconds = Math.round(performance.now() - startedAt)
      made.set(fresh.name, fresh)
      const summary = await findFork(fresh.name, context.operation)
      return { ...(summary && describeFork(summary)), milliseconds, steps: fresh.steps, warnings }
    },
    async connectionString(params) {
      const { name, tcp } = readParams('connectionString', params)
      const { connectionString, tcpConnectionString } = await fork(name, context.operation)
      return tcp ? tcpConnectionString : connectionString
    },
    async reset(params) {
      const { name, prepare } = readParams('reset', params)
      const given =
        prepare === undefined ? (made.has(name) ? undefined : context.config.create?.prepare) : bySql(prepare)
      await (await fork(name, context.operation)).reset(given === undefined ? {} : { prepare: given })
      return { name }
    },
    async destroy(params) {
      const { name } = readParams('destroy', params)
      await (await fork(name, context.operation)).destroy()
      made.delete(name)
      return { name }
    },
    async list(params) {
      readParams('list', params)
      const warnings: string[] = []
      const onWarning = (message: string) => void warnings.push(message)
      return { forks: (await listForks({ ...context.operation, onWarning })).map(describeFork), warnings }
    },
  }
  return { methods, end: () => destroyAll([...made.values()], context) }
}

type Asked = ReturnType<typeof readParams<'create'>>

/** As those of `create`. A password may stand in a URL here: nobody else reads it. */
async function createOptions(context: Context, { source, settings, prepare, port, ...asked }: Asked) {
  if (source !== undefined && (asked.snapshot ?? asked.fork) !== undefined)
    throw usageError('Give either a source, or a snapshot or a fork.', 'source')
  const flags: ForkFlags = {
    ...withoutUndefined(asked),
    ...(port === undefined ? {} : { port: String(port) }),
    ...(settings === undefined ? {} : { set: Object.entries(settings).map(([name, value]) => `${name}=${value}`) }),
  }
  const given = source === undefined ? {} : { source }
  const config = { ...context.config, ...given }
  const options = await readForkOptions({ ...context, config }, flags, undefined)
  return { ...options, ...given, ...(prepare === undefined ? {} : { prepare: bySql(prepare) }) }
}

type Defined<Values> = { [Name in keyof Values]: Exclude<Values[Name], undefined> }
const withoutUndefined = <Values extends object>(values: Values) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<Defined<Values>>

const bySql =
  (sql: string): Prepare =>
  async (client) =>
    void (await client.query(sql))

/** Those of a process go with it; gc finds what is left. */
async function destroyAll(
  forks: readonly Fork[],
  { operation: { signal: _, ...operation } }: Context,
): Promise<unknown[]> {
  const failures: unknown[] = []
  const lifetimes = new Map((await listForks(operation)).map(({ name, lifetime }) => [name, lifetime]))
  // Not by its name, which may be another fork's by now: somebody else's, who removed this one.
  for (const fork of forks)
    if (lifetimes.get(fork.name) === 'process') await fork.destroy().catch((error: unknown) => failures.push(error))
  return failures
}
