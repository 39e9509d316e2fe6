import { parseArgs } from 'node:util'

const sectionNames = ['ways', 'cpu', 'sizes', 'drivers', 'sync', 'wal'] as const

export type SectionName = (typeof sectionNames)[number]

export interface BenchOptions {
  /** Of what the ways to fork are compared on. */
  readonly driver: 'btrfs' | 'copy'
  /** Units of pgbench, 15 MB each. */
  readonly scale: number
  readonly runs: number
  /** WAL behind the last checkpoint when a way to fork begins. */
  readonly walBytes: number
  readonly largeBytes: number
  readonly sections: readonly SectionName[]
  /** Writes the summary into README.md. */
  readonly readme: boolean
}

export const usage = `npm run bench [-- OPTION...]

  --driver NAME   storage on which the ways to fork are compared: btrfs (default) or copy (XFS with reflinks)
  --scale N       size of the source in units of pgbench, 15 MB each (default 50)
  --runs N        measurements of everything that is compared (default 5)
  --only A,B      some of the sections ${sectionNames.join(', ')}
  --quick         3 runs, scale 10, 100 MB of WAL and 1 GB instead of 500 MB and 8 GB: to see whether it works
  --readme        writes the summary into README.md`

/** @throws Error that says what is wrong with the words */
export function readOptions(words: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      driver: { type: 'string', default: 'btrfs' },
      scale: { type: 'string' },
      runs: { type: 'string' },
      only: { type: 'string', default: sectionNames.join(',') },
      quick: { type: 'boolean', default: false },
      readme: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const { driver, quick, readme } = values
  if (driver !== 'btrfs' && driver !== 'copy') throw new Error(`--driver must be btrfs or copy, not ${driver}.`)
  const sections = values.only.split(',').map((name) => {
    const known = sectionNames.find((section) => section === name)
    if (known === undefined) throw new Error(`--only knows ${sectionNames.join(', ')}, not ${name}.`)
    return known
  })
  return {
    driver,
    scale: wholeNumber('scale', values.scale ?? (quick ? '10' : '50')),
    runs: wholeNumber('runs', values.runs ?? (quick ? '3' : '5')),
    walBytes: (quick ? 100 : 500) * 1024 * 1024,
    largeBytes: (quick ? 1 : 8) * 1024 ** 3,
    sections,
    readme,
  }
}

function wholeNumber(option: string, given: string): number {
  const value = Number(given)
  if (Number.isInteger(value) && value >= 1) return value
  throw new Error(`--${option} must be a whole number above 0, not ${given}.`)
}
