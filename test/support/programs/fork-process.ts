import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import type { CreateForkOptions, Fork, ForkSummary } from '@pgfork/core'
import { checkout, programArguments } from './program.ts'

export type ProgramRequest = { readonly stateDirectory: string } & (
  | { readonly operation: 'create'; readonly options: CreateForkOptions }
  | { readonly operation: 'list' }
  | { readonly operation: 'open' | 'start' | 'stop' | 'reset' | 'persist' | 'destroy'; readonly name: string }
)

/** What can be told of a fork across processes. */
export type ForkFacts = Pick<
  Fork,
  'name' | 'dataDirectory' | 'port' | 'socketDirectory' | 'connection' | 'connectionString' | 'timeline'
> & { readonly pid: number | null }

export interface ProgramAnswer {
  readonly result?: unknown
  readonly error?: { readonly code: string; readonly message: string }
}

/** Another process that uses the library on Btrfs. Disposing of it ends it, and it alone. */
export interface ForkProcess extends AsyncDisposable {
  readonly pid: number
  create(options: CreateForkOptions): Promise<ForkFacts>
  list(): Promise<ForkSummary[]>
  perform(operation: 'open' | 'start' | 'stop' | 'reset' | 'persist' | 'destroy', name: string): Promise<ForkFacts>
  /** Ends it in this way, and returns when it has ended. */
  end(how: 'cleanly' | 'SIGKILL' | 'SIGTERM'): Promise<void>
}

export async function startForkProcess(
  stateDirectory: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ForkProcess> {
  const child = spawn(process.execPath, programArguments('fork-program'), {
    cwd: checkout,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: environment,
  })
  await once(child, 'spawn')
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  async function ask(request: ProgramRequest): Promise<unknown> {
    child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await answers.next()
    if (done === true) throw new Error(`The process ended while it was to ${request.operation}.`)
    const { result, error } = JSON.parse(value) as ProgramAnswer
    if (error !== undefined) throw new Error(`${request.operation} in another process: ${error.code}: ${error.message}`)
    return result
  }

  return {
    pid: child.pid as number,
    create: async (options) => (await ask({ operation: 'create', options, stateDirectory })) as ForkFacts,
    list: async () => (await ask({ operation: 'list', stateDirectory })) as ForkSummary[],
    perform: async (operation, name) => (await ask({ operation, name, stateDirectory })) as ForkFacts,
    end: (how) => end(child, how),
    [Symbol.asyncDispose]: () => end(child, 'cleanly'),
  }
}

async function end(child: ChildProcess, how: 'cleanly' | 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (how === 'cleanly') child.stdin?.end()
  else child.kill(how)
  await ended
}
