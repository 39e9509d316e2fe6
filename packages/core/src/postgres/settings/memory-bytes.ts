const unitBytes = { B: 1, kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 } as const

const blockBytes = 8192

/**
 * What a setting such as `shared_buffers` says: a number with one of PostgreSQL's units of memory, or of blocks (8 kB, as nearly every
 * server is built). Undefined for what it wouldn't take.
 */
export function memoryBytes(value: string): number | undefined {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?\s*$/.exec(value) ?? []
  return number === undefined ? undefined : Number(number) * (unit === undefined ? blockBytes : unitBytes[unit as 'B'])
}
