import { appendFileSync, existsSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { launcher } from '@pgfork/containers'
import { collectGarbage, createFork, createRunner, type Fork, isPgforkError, listForks, openFork } from '@pgfork/core'
import { provideLauncher, withLock } from '@pgfork/core/companion'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import type { Answer, ForkFacts, Verb, Verbs } from './requests.ts'

// Run as a program of its own: reads a request a line, does it, answers by a line, and ends with its input.
const forks = new Map<string, Fork>()
provideLauncher('container', launcher)
let release: () => void = () => {}
let warnings: string[] = []
const own = { driver: [btrfs(), copy()], onWarning: (message: string): void => void warnings.push(message) }

type Given<Name extends Verb> = Verbs[Name]['given']

const verbs: { readonly [Name in Verb]: (given: Given<Name>) => Promise<unknown> } = {
  pid: async () => process.pid,
  createFork: async (given) => remember(await createFork({ ...given, ...own } as Parameters<typeof createFork>[0])),
  openFork: async ({ name, stateDirectory }) => remember(await openFork(name, { stateDirectory, ...own })),
  async act({ name, verb }) {
    const fork = forks.get(name)
    await fork?.[verb]()
    return fork && remember(fork)
  },
  listForks: (given) => listForks({ ...given, ...own }),
  collectGarbage: (given) => collectGarbage({ ...given, ...own }),
  lock: ({ folder, timeoutMs = 60_000 }) =>
    new Promise((resolve, reject) => {
      const options = { runner: createRunner(), signal: AbortSignal.timeout(timeoutMs), onWarning: own.onWarning }
      const held = new Promise<void>((letGo) => {
        release = letGo
      })
      withLock(folder, options, async () => {
        resolve(undefined)
        await held
      }).catch(reject)
    }),
  churn: ({ folder, id }) => new Promise((resolve, reject) => void churn(folder, id, resolve).catch(reject)),
  release: async () => release(),
}

async function churn(folder: string, id: string, isInside: (value: undefined) => void): Promise<never> {
  const inside = join(folder, 'inside')
  for (;;)
    await withLock(join(folder, 'lock'), { runner: createRunner() }, async () => {
      // A link comes with its content.
      try {
        symlinkSync(id, inside)
      } catch {
        const other = readlinkSync(inside)
        // Whoever was killed inside leaves that.
        if (!existsSync(join(folder, `killed-${other}`)))
          appendFileSync(join(folder, 'overlaps'), `${id} met ${other}\n`)
        rmSync(inside)
        symlinkSync(id, inside)
      }
      isInside(undefined)
      await new Promise((resolve) => setImmediate(resolve))
      rmSync(inside)
    })
}

for await (const line of createInterface({ input: process.stdin })) {
  const { verb, given } = JSON.parse(line) as { verb: Verb; given: never }
  warnings = []
  const answer: Omit<Answer, 'warnings'> = (await verbs[verb](given).then(
    (result) => ({ result }),
    (error: unknown) => ({
      error: isPgforkError(error) ? error.toJSON() : { code: 'UNTYPED', message: String(error) },
    }),
  )) as Answer
  process.stdout.write(`${JSON.stringify({ ...answer, warnings })}\n`)
}
process.exit(0)

function remember(fork: Fork): ForkFacts {
  forks.set(fork.name, fork)
  const { name, dataDirectory, pid, verification } = fork
  return { name, dataDirectory, pid, report: verification?.report }
}
