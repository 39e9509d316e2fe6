import process from 'node:process'
import { parseArgs } from 'node:util'
import { execa } from 'execa'

// npm run torture -- [--cycles N] [--processes N] [--kills N] [--fuzz N] [--races N] [--swaps N] [FILE..]
// The tests of test/integration/torture with large counts, one file after another. Every one ends with a line of figures.
const counts = ['cycles', 'processes', 'kills', 'fuzz', 'races', 'swaps'] as const
const { values, positionals } = parseArgs({
  options: Object.fromEntries(counts.map((name) => [name, { type: 'string' as const }])),
  allowPositionals: true,
})

const environment: Record<string, string> = { PGFORK_TEST_EXTENT: 'long' }
for (const name of counts) {
  const value = values[name]
  if (value === undefined) continue
  if (!/^[1-9]\d*$/.test(value)) throw new Error(`--${name} must be a whole number above 0, not ${value}.`)
  environment[`PGFORK_TORTURE_${name.toUpperCase()}`] = value
}

const files = positionals.length > 0 ? positionals : ['test/integration/torture']
const { exitCode } = await execa(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'integration', '--no-file-parallelism', ...files],
  { env: environment, stdio: 'inherit', reject: false },
)
process.exitCode = exitCode ?? 1
