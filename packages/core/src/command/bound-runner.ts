import type { CommandRunner } from './command-runner.ts'

export interface Bounds {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

/** The same runner with a time limit and a signal for every command that brings none of its own. */
export function boundRunner(runner: CommandRunner, { timeoutMs, signal }: Bounds): CommandRunner {
  const bounds = {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  }
  return {
    run: (file, args, options) => runner.run(file, args, { ...bounds, ...options }),
    start: (file, args, options) => runner.start(file, args, options),
  }
}
