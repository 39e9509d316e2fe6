import process from 'node:process'
import { createInterface } from 'node:readline'
import { createFork, type Fork, isPgforkError, listForks, openFork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import type { ForkFacts, ProgramAnswer, ProgramRequest } from './fork-process.ts'

// Run as a program of its own: reads a request a line from standard input, does it, and answers by a line. It ends with
// its input, without destroying anything.
const forks = new Map<string, Fork>()

for await (const line of createInterface({ input: process.stdin })) {
  const answer: ProgramAnswer = await perform(JSON.parse(line) as ProgramRequest).then(
    (result) => ({ result }),
    (error: unknown) => ({ error: { code: isPgforkError(error) ? error.code : 'UNTYPED', message: String(error) } }),
  )
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
process.exit(0)

async function perform(request: ProgramRequest): Promise<unknown> {
  const options = { driver: btrfs(), stateDirectory: request.stateDirectory }
  if (request.operation === 'list') return listForks(options)
  if (request.operation === 'create') return remember(await createFork({ ...request.options, ...options }))
  const fork = forks.get(request.name) ?? (await openFork(request.name, options))
  if (request.operation !== 'open') await fork[request.operation]()
  return remember(fork)
}

function remember(fork: Fork): ForkFacts {
  forks.set(fork.name, fork)
  const { name, dataDirectory, port, socketDirectory, connection, connectionString, pid, timeline } = fork
  return { name, dataDirectory, port, socketDirectory, connection, connectionString, pid: pid ?? null, timeline }
}
