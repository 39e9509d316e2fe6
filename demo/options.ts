import { parseArgs } from 'node:util'

export interface DemoOptions {
  /** Of pgbench: 15 MB a unit. */
  readonly scale: number
  /** Undefined: Btrfs where it can be, else copies. */
  readonly driver: 'btrfs' | 'copy' | undefined
  /** How long the source's throughput is watched before the fork, and again after it. */
  readonly watchedMs: number
}

export const usage = `npm run demo [-- --scale N --driver btrfs|copy --seconds N]

  --scale N      size of the source in units of pgbench, 15 MB each (default 20)
  --driver NAME  btrfs: on a Btrfs in a loop file, as root; copy: on the file system of the temporary directory
                 (default: btrfs where it can be)
  --seconds N    how long the source is watched before the fork and after it (default 4)`

/** pgbench's tables of a scale. */
export const sourceMb = (scale: number): number => scale * 15

/** @throws Error that says what is wrong with the words */
export function readOptions(words: readonly string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      scale: { type: 'string', default: '20' },
      driver: { type: 'string' },
      seconds: { type: 'string', default: '4' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return 'help'
  const [scale, seconds] = [wholeNumber('scale', values.scale), wholeNumber('seconds', values.seconds)]
  const { driver } = values
  if (driver !== undefined && driver !== 'btrfs' && driver !== 'copy')
    throw new Error(`--driver must be btrfs or copy, not ${driver}.`)
  return { scale, driver, watchedMs: seconds * 1000 }
}

function wholeNumber(option: string, given: string): number {
  const value = Number(given)
  if (Number.isInteger(value) && value >= 1) return value
  throw new Error(`--${option} must be a whole number above 0, not ${given}.`)
}
