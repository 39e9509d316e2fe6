import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { compile } from '../programs/compile.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { readProcess } from '../system/processes.ts'
import { runner } from '../system/runner.ts'
import { waitUntil } from '../wait-until.ts'
import { inMountNamespace } from './in-mount-namespace.ts'
import type { Answer, Verb, Verbs } from './requests.ts'

/** How a process is cut off from ours, as by a container. */
export interface Place {
  /** PID and IPC namespaces of its own. */
  readonly container?: boolean
  /** 32 hexadecimal digits, in place of `/etc/machine-id`; `''` for none. */
  readonly machineId?: string
  /** A UUID, in place of the kernel's boot id. */
  readonly bootId?: string
  /** Capabilities that root goes without, such as `sys_ptrace`. */
  readonly without?: readonly string[]
}

/** A process that uses the library in another place. Disposing of it kills it with all that runs in its container. */
export interface Elsewhere extends AsyncDisposable {
  /** @throws ElsewhereError what the verb threw there */
  ask<Name extends Verb>(verb: Name, given: Verbs[Name]['given']): Promise<Verbs[Name]['answer']>
  /** What the last verb's `onWarning` was told. */
  readonly warnings: readonly string[]
  /** As the kernel does when memory is short. Returns when nothing of it runs any more. */
  kill(): Promise<void>
}

class ElsewhereError extends Error {
  readonly code: string

  constructor({ code, message }: NonNullable<Answer['error']>) {
    super(message)
    this.code = code
  }
}

const program = fileURLToPath(new URL('./program.ts', import.meta.url))
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Why no process can be put elsewhere on this machine; undefined when it can. */
export async function whyNotElsewhere(): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'namespaces need root'
  return runner.run('unshare', ['--mount', '--pid', '--ipc', '--fork', '--mount-proc', 'true']).then(
    () => undefined,
    (error: unknown) => `no namespaces can be made: ${error instanceof Error ? error.message : String(error)}`,
  )
}

export async function startElsewhere(place: Place): Promise<Elsewhere> {
  const folder = await makeWorkFolder('elsewhere')
  const [file, ...words] = [...(await enter(place, folder)), process.execPath, compile(program)]
  const child = spawn(file as string, words, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  await once(child, 'spawn')
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let warnings: readonly string[] = []
  const elsewhere: Elsewhere = {
    async ask(verb, given) {
      child.stdin.write(`${JSON.stringify({ verb, given })}\n`)
      const { value, done } = await answers.next()
      if (done === true) throw new Error(`The process elsewhere ended while it was to ${verb}.`)
      const answer = JSON.parse(value) as Answer
      warnings = answer.warnings
      if (answer.error !== undefined) throw new ElsewhereError(answer.error)
      return answer.result as never
    },
    get warnings() {
      return warnings
    },
    async kill() {
      // The first process of a container is the last one of it that ends.
      const firsts = place.container ? await childrenOf(child.pid as number) : []
      if (isRunning(child)) child.kill('SIGKILL')
      await closed
      for (const pid of firsts)
        await waitUntil(async () => (await readProcess(pid)) === undefined, {
          timeoutMs: 60_000,
          what: `end of the container of ${pid}`,
        })
    },
    async [Symbol.asyncDispose]() {
      await elsewhere.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return elsewhere
}

const childrenOf = async (pid: number): Promise<number[]> => {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return children
    .split(' ')
    .filter((word) => word !== '')
    .map(Number)
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null

/** The words of a command that runs another one there. */
export async function enter({ container, machineId, bootId, without = [] }: Place, folder: string): Promise<string[]> {
  const files: [string, string][] = []
  for (const [name, content, path] of [
    ['machine-id', machineId, '/etc/machine-id'],
    ['boot-id', bootId, '/proc/sys/kernel/random/boot_id'],
  ] as const) {
    if (content === undefined) continue
    await writeFile(join(folder, name), `${content}\n`)
    files.push([join(folder, name), path])
  }
  const mounts = files.map(([from, to]) => `mount --bind ${from} ${to}\n`).join('')
  const own = container ? ['--pid', '--ipc', '--fork', '--kill-child=SIGKILL', '--mount-proc'] : []
  return [
    ...inMountNamespace(`${mounts}exec "$@"`, own),
    ...(without.length === 0
      ? []
      : [
          'setpriv',
          ...['--bounding-set', '--inh-caps'].flatMap((set) => [set, without.map((name) => `-${name}`).join(',')]),
        ]),
  ]
}
