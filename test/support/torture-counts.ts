import process from 'node:process'
import { byExtent } from './extent.ts'

/** How much is tortured: little with all other tests, and as much as `npm run torture` was told. */
export const counts = {
  cycles: read('CYCLES', byExtent(10, 20, 1000)),
  processes: read('PROCESSES', byExtent(6, 8, 50)),
  randomKills: read('KILLS', byExtent(2, 4, 200)),
  fuzz: read('FUZZ', byExtent(40, 60, 5000)),
  races: read('RACES', byExtent(4, 6, 200)),
  swaps: read('SWAPS', byExtent(40, 400, 20_000)),
}

export const timeoutMs = byExtent(600_000, 600_000, 6 * 60 * 60_000)

/** A figure of the run, for whoever reads its output. */
export function report(figure: string): void {
  process.stdout.write(`torture: ${figure}\n`)
}

function read(name: string, count: number): number {
  const given = process.env[`PGFORK_TORTURE_${name}`]
  return given === undefined ? count : Number(given)
}
