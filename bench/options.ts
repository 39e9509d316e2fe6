import { parseArgs } from 'node:util'
import { isGuest, type StorageName, storageNames } from './storages.ts'

const sectionNames = [
  'ways',
  'loads',
  'checkpoints',
  'cpu',
  'sizes',
  'drivers',
  'sync',
  'wal',
  'history',
  'moments',
  'ticks',
  'storages',
] as const

export type SectionName = (typeof sectionNames)[number]

/** Figures of a guest are compared with figures of guests only; `ticks` takes its time. */
const defaultSections = sectionNames.filter((name) => name !== 'ticks' && (name === 'storages') === isGuest)

export interface BenchOptions {
  /** What the ways to fork are compared on. */
  readonly driver: StorageName
  /** Those that are compared with each other; default: all that are here. */
  readonly storages?: readonly StorageName[]
  /** Units of pgbench, 15 MB each. */
  readonly scale: number
  readonly runs: number
  /** WAL behind the last checkpoint when a way to fork begins. */
  readonly walBytes: number
  readonly largeBytes: number
  /** Of a steady load. */
  readonly minutes: number
  /** What it is compared with. */
  readonly minutesWithout: number
  readonly sections: readonly SectionName[]
  /** Writes the summary into README.md. */
  readonly readme: boolean
}

export const usage = `npm run bench [-- OPTION...]

  --driver NAME   storage that is measured: btrfs (default), copy (XFS with reflinks), and in a guest of test/lab
                  lvm (ext4), lvm-xfs, zfs, where without this option all are compared
  --scale N       size of the source in units of pgbench, 15 MB each (default 50)
  --runs N        measurements of everything that is compared (default 5)
  --large GB      size of the larger source of the section sizes (default 8)
  --only A,B      some of the sections ${sectionNames.join(', ')}; default: storages in a guest, elsewhere
                  all others but ticks
  --minutes N     of load with a history, for ticks (default 5)
  --without N     of load without a history after that (default: as many)
  --quick         3 runs, scale 10, 100 MB of WAL and 1 GB instead of 500 MB and 8 GB: to see whether it works
  --readme        writes the summary into README.md`

/** @throws Error that says what is wrong with the words */
export function readOptions(words: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      driver: { type: 'string' },
      scale: { type: 'string' },
      runs: { type: 'string' },
      minutes: { type: 'string', default: '5' },
      without: { type: 'string' },
      large: { type: 'string' },
      only: { type: 'string', default: defaultSections.join(',') },
      quick: { type: 'boolean', default: false },
      readme: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const { quick, readme } = values
  const driver = storageNames.find((name) => name === values.driver)
  if (driver === undefined && values.driver !== undefined)
    throw new Error(`--driver must be one of ${storageNames.join(', ')}, not ${values.driver}.`)
  const sections = values.only.split(',').map((name) => {
    const known = sectionNames.find((section) => section === name)
    if (known === undefined) throw new Error(`--only knows ${sectionNames.join(', ')}, not ${name}.`)
    return known
  })
  return {
    driver: driver ?? 'btrfs',
    ...(driver === undefined ? {} : { storages: driver === 'lvm' ? ['lvm', 'lvm-xfs'] : [driver] }),
    scale: wholeNumber('scale', values.scale ?? (quick ? '10' : '50')),
    runs: wholeNumber('runs', values.runs ?? (quick ? '3' : '5')),
    walBytes: (quick ? 100 : 500) * 1024 * 1024,
    largeBytes: wholeNumber('large', values.large ?? (quick ? '1' : '8')) * 1024 ** 3,
    minutes: wholeNumber('minutes', values.minutes),
    minutesWithout: wholeNumber('without', values.without ?? values.minutes),
    sections,
    readme,
  }
}

function wholeNumber(option: string, given: string): number {
  const value = Number(given)
  if (Number.isInteger(value) && value >= 1) return value
  throw new Error(`--${option} must be a whole number above 0, not ${given}.`)
}
