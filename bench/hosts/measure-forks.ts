import { createPgbenchTables, startPgbench } from '../../test/support/load/index.ts'
import { formatMs, formatSteps } from '../report.ts'
import { phaseMs, type SourceView, viewSource } from '../source-view.ts'
import { watchFor } from '../workbench.ts'
import type { Place } from './places.ts'

export interface MeasuredFork {
  /** Until a row that was written into the fork is committed. */
  readonly firstWriteMs: number
  /** What the clients of its source saw. */
  readonly view: SourceView
  readonly steps: string
}

export interface ForksOptions {
  readonly scale: number
  readonly runs: number
  /** Transactions of the source's a second. */
  readonly rate: number
}

/** Forks of a source at work, one at a time, each right after a checkpoint of it. */
export async function measureForks(
  place: Place,
  { scale, runs, rate }: ForksOptions,
  tell: (line: string) => void,
): Promise<MeasuredFork[]> {
  const { source, name } = place
  await createPgbenchTables(source, scale)
  await source.query('CREATE TABLE written (run int)')
  await using load = await startPgbench(source, { clients: 4, rate })
  const measured: Omit<MeasuredFork & { begunMs: number; readyMs: number; calmUntilMs: number }, 'view'>[] = []
  // The first one finds nothing in memory.
  for (let run = 0; run <= runs; run++) {
    await watchFor(phaseMs + 500)
    const calmUntilMs = Date.now()
    await source.query('CHECKPOINT')
    await watchFor(500)
    const begunMs = Date.now()
    const startedAt = performance.now()
    const fork = await place.fork()
    const client = await fork.connect()
    await client.query('INSERT INTO written VALUES ($1)', [run])
    const firstWriteMs = performance.now() - startedAt
    const readyMs = Date.now()
    await client.end()
    await watchFor(phaseMs)
    await fork.destroy()
    const steps = formatSteps(fork.steps)
    tell(`${name}, run ${run} of ${runs}: ${formatMs(firstWriteMs)} (${steps})`)
    if (run > 0) measured.push({ firstWriteMs, steps, begunMs, readyMs, calmUntilMs })
  }
  await load.stop()
  const samples = await load.samples()
  return measured.map(({ firstWriteMs, steps, ...moments }) => ({
    ...{ firstWriteMs, steps },
    view: viewSource(samples, moments),
  }))
}

/** Many at once, the same number on each host. @returns until all were ready */
export async function measureMany(place: Place, { hosts, many }: { hosts: number; many: number }): Promise<number> {
  const startedAt = performance.now()
  const made = await Promise.allSettled(Array.from({ length: many }, (_, index) => place.fork(index % hosts)))
  const milliseconds = performance.now() - startedAt
  for (const one of made) if (one.status === 'fulfilled') await one.value.destroy()
  for (const one of made) if (one.status === 'rejected') throw one.reason
  return milliseconds
}
