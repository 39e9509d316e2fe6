import { parseArgs } from 'node:util'

export interface DemoOptions {
  /** Of pgbench: 15 MB a unit. */
  readonly scale: number
  /** Undefined: Btrfs where it can be, else copies. */
  readonly driver: 'btrfs' | 'copy' | undefined
}

export const usage = `npm run demo [-- --scale N] [-- --driver btrfs|copy]

  --scale N      size of the source in units of pgbench, 15 MB each (default 20)
  --driver NAME  btrfs: on a Btrfs in a loop file, as root; copy: on the file system of the temporary directory
                 (default: btrfs where it can be)`

/** pgbench's tables of a scale. */
export const sourceMb = (scale: number): number => scale * 15

/** @throws Error that says what is wrong with the words */
export function readOptions(words: readonly string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: { scale: { type: 'string' }, driver: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) return 'help'
  const scale = Number(values.scale ?? 20)
  if (!Number.isInteger(scale) || scale < 1)
    throw new Error(`--scale must be a whole number above 0, not ${values.scale}.`)
  const { driver } = values
  if (driver !== undefined && driver !== 'btrfs' && driver !== 'copy')
    throw new Error(`--driver must be btrfs or copy, not ${driver}.`)
  return { scale, driver }
}
