import process from 'node:process'
import { type CommandRunner, createFork, createRunner, type ForkOptions } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import type { DoomedLife } from './doomed-process.ts'

// Run as a program of its own: makes a fork, resets and destroys it, and kills itself where it was told to. One that was told
// nothing of the kind says how many commands and events of progress its life has.
const { source, stateDirectory, name, death } = JSON.parse(process.argv[2] as string) as DoomedLife
const counts = { commands: 0, events: 0 }

const die = (): Promise<never> => {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}

async function around<Result>(command: () => Promise<Result>): Promise<Result> {
  counts.commands++
  const isLast = death?.at !== 'event' && death?.number === counts.commands
  if (isLast && death?.at === 'before') return die()
  const running = command()
  // The command itself goes on when its caller is gone.
  if (isLast && death?.at === 'during') return die()
  const result = await running
  return isLast ? die() : result
}

const plain = createRunner()
const runner: CommandRunner = {
  run: (file, args, options) => around(() => plain.run(file, args, options)),
  start: (file, args, options) => around(() => plain.start(file, args, options)),
}

const options: ForkOptions = {
  name,
  driver: btrfs(),
  stateDirectory,
  runner,
  // So that its step is one of those that a process is killed at.
  prepare: () => {},
  onProgress: () => {
    counts.events++
    if (death?.at === 'event' && death.number === counts.events) void die()
  },
}
const fork = await createFork({ ...options, source })
await fork.reset()
await fork.destroy()
process.stdout.write(JSON.stringify(counts))
