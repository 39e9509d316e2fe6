import { readFileSync } from 'node:fs'

/** The pids of a process's children, as far as it may be asked for them. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** A shell, an init, a supervisor and a wrapper of its own may be above a server. */
const deepest = 4

/** A container's first process and those below it, the nearest first, as far down as a server may be. */
export function* processesBelow(first: number): Generator<number> {
  let generation = [first]
  for (let depth = 0; depth <= deepest; depth++) {
    yield* generation
    generation = generation.flatMap(childrenOf)
  }
}
