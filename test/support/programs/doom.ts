import process from 'node:process'
import { type CommandRunner, createRunner } from '@pgfork/core'
import type { Death, LifeLength } from './doomed-process.ts'

/** What a program gives to functions of core so that it kills itself where it was told to, and what it counts meanwhile. */
export interface Doom {
  readonly counts: LifeLength
  readonly runner: CommandRunner
  onProgress(): void
}

export function doomBy(death: Death | undefined): Doom {
  const counts = { commands: 0, events: 0 }
  const die = (): Promise<never> => {
    process.kill(process.pid, 'SIGKILL')
    return new Promise(() => {})
  }
  const around = async <Result>(command: () => Promise<Result>): Promise<Result> => {
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
  return {
    counts,
    runner: {
      run: (file, args, options) => around(() => plain.run(file, args, options)),
      start: (file, args, options) => around(() => plain.start(file, args, options)),
    },
    onProgress() {
      counts.events++
      if (death?.at === 'event' && death.number === counts.events) void die()
    },
  }
}
