import process from 'node:process'

const isLong = process.env.PGFORK_TORTURE === 'long'

/** How much is tortured: little with all other tests, and as much as `npm run torture` was told. */
export const counts = {
  isLong,
  cycles: read('CYCLES', 20, 1000),
  processes: read('PROCESSES', 8, 50),
  randomKills: read('KILLS', 4, 200),
  fuzz: read('FUZZ', 60, 5000),
  races: read('RACES', 6, 200),
}

export const timeoutMs = isLong ? 6 * 60 * 60_000 : 300_000

/** A figure of the run, for whoever reads its output. */
export function report(figure: string): void {
  process.stdout.write(`torture: ${figure}\n`)
}

function read(name: string, short: number, long: number): number {
  const given = process.env[`PGFORK_TORTURE_${name}`]
  return given === undefined ? (isLong ? long : short) : Number(given)
}
