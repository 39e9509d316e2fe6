import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eachLimited } from '../../support/each-limited.ts'
import { byExtent } from '../../support/extent.ts'
import { type Death, type LifeLength, liveUntilKilled, measureLife } from '../../support/programs/doomed-process.ts'
import { counts, report, timeoutMs } from '../../support/torture-counts.ts'
import { createTortureWorkbench, type TortureWorkbench } from '../../support/workbench/torture-workbench.ts'

// Every life has a state directory of its own, so that several can be lived, ended and cleaned up at once.
const atOnce = 4

let bench: TortureWorkbench
let length: LifeLength
let lifeMs: number

beforeAll(async () => {
  bench = await createTortureWorkbench()
  const stateDirectory = await bench.makeStateDirectory('whole')
  const started = performance.now()
  length = await measureLife({ source: bench.source.dataDirectory, stateDirectory, name: 'whole' })
  lifeMs = performance.now() - started
  await bench.expectCollectable(stateDirectory)
})

afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

async function killAt(name: string, death: Death | undefined, afterMs?: number): Promise<boolean> {
  const stateDirectory = await bench.makeStateDirectory(name)
  const life = { source: bench.source.dataDirectory, stateDirectory, name, ...(death === undefined ? {} : { death }) }
  const wasKilled = await liveUntilKilled(life, afterMs)
  await bench.expectCollectable(stateDirectory).catch((error: unknown) => {
    throw new Error(`After the end of ${name}: ${error}`, { cause: error })
  })
  return wasKilled
}

const numbersUpTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

test(
  'killed before, during or after any command, a process leaves nothing that a collection does not remove',
  async () => {
    // Before a command it is as it was after the last one, but for what the process does between them.
    const moments = byExtent<Death['at'][]>(['during'], ['during', 'after'], ['before', 'during', 'after'])
    const deaths = numbersUpTo(length.commands).flatMap((number) => moments.map((at) => ({ at, number })))
    let kills = 0
    await eachLimited(deaths, atOnce, async (death) => {
      if (await killAt(`${death.at}-${death.number}`, death)) kills++
    })
    await bench.expectUntouched()
    expect(kills).toBe(deaths.length)
    report(`${kills} kills at ${length.commands} commands survived, leaks: 0`)
  },
  timeoutMs,
)

test(
  'killed at any step, a process leaves nothing that a collection does not remove',
  async () => {
    // Each step begins and ends: without a long run, the beginnings. Short, of every second.
    const events = numbersUpTo(length.events).filter((number) => number % byExtent(4, 2, 1) === byExtent(1, 1, 0))
    let kills = 0
    await eachLimited(events, atOnce, async (number) => {
      if (await killAt(`event-${number}`, { at: 'event', number })) kills++
    })
    await bench.expectUntouched()
    expect(kills).toBe(events.length)
    report(`${kills} kills at steps survived, leaks: 0`)
  },
  timeoutMs,
)

test(
  'killed at any moment, a process leaves nothing that a collection does not remove',
  async () => {
    let kills = 0
    await eachLimited(numbersUpTo(counts.randomKills), atOnce, async (number) => {
      const afterMs = lifeMs * 0.4 + randomInt(Math.ceil(lifeMs))
      if (await killAt(`moment-${number}`, undefined, afterMs)) kills++
    })
    await bench.expectUntouched()
    report(`${kills} of ${counts.randomKills} processes killed at random moments, leaks: 0`)
  },
  timeoutMs,
)
