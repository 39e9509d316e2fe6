import type { SnapshotDriver } from '@pgfork/core'
import type { Cluster } from '../../test/support/cluster/index.ts'

/** One step of a way to fork, by the name that the table shows. */
export interface Step {
  readonly name: string
  readonly milliseconds: number
}

interface FinishedFork {
  readonly steps: readonly Step[]
  remove(): Promise<void>
}

export interface WayRequest {
  readonly source: Cluster
  readonly driver: SnapshotDriver
  /** Absent; on the source's file system. */
  readonly target: string
  readonly stateDirectory: string
  readonly port: number
}

/** A way to make a fork that accepts writes. */
export interface Way {
  readonly name: string
  fork(request: WayRequest): Promise<FinishedFork>
}

/** Notes how long each step takes. */
export class Stopwatch {
  readonly steps: Step[] = []

  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    const result = await work()
    this.steps.push({ name, milliseconds: performance.now() - startedAt })
    return result
  }
}
