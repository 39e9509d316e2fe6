import { parseArgs } from 'node:util'

const sectionNames = ['ways', 'hundred', 'suite', 'pglite'] as const

export type SectionName = (typeof sectionNames)[number]

export interface TestingBenchOptions {
  readonly runs: number
  /** Acquisitions from a pool that keeps up. */
  readonly acquisitions: number
  /** Servers at once. */
  readonly servers: number
  /** Tests of the suite. */
  readonly tests: number
  readonly largeMb: number
  readonly sections: readonly SectionName[]
  readonly readme: boolean
}

export const usage = `npm run bench:testing [-- OPTION...]

  --only A,B  some of the sections ${sectionNames.join(', ')}
  --servers N so many at once (default 100)
  --quick     3 runs, 100 MB instead of 750 MB, 40 tests: to see whether it works
  --readme    writes the summary into packages/testing/README.md`

/** @throws Error that says what is wrong with the words */
export function readOptions(words: readonly string[]): TestingBenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string', default: sectionNames.join(',') },
      quick: { type: 'boolean', default: false },
      servers: { type: 'string', default: '100' },
      readme: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const { quick, readme, only } = values
  const sections = only.split(',').map((name) => {
    const known = sectionNames.find((section) => section === name)
    if (known === undefined) throw new Error(`--only knows ${sectionNames.join(', ')}, not ${name}.`)
    return known
  })
  return {
    runs: quick ? 3 : 7,
    acquisitions: quick ? 20 : 60,
    servers: Number.parseInt(values.servers, 10),
    tests: quick ? 40 : 200,
    largeMb: quick ? 100 : 750,
    sections,
    readme,
  }
}
