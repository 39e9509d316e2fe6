import process from 'node:process'

const extents = ['short', 'all', 'long'] as const

/** How much is tested: see `byExtent`. */
const extent = readExtent()

/**
 * How often something is done, or with what: by `npm test`, which is to be over in minutes; as in CI; by `npm run test:all`; and by
 * `npm run test:oracle` and `npm run torture`, at length. What no other test tells belongs to `short`.
 */
export const byExtent = <Value>(short: Value, all: Value, long: Value = all): Value => ({ short, all, long })[extent]

function readExtent(): (typeof extents)[number] {
  const name = process.env.PGFORK_TEST_EXTENT ?? 'short'
  const found = extents.find((known) => known === name)
  if (found === undefined) throw new Error(`PGFORK_TEST_EXTENT must be one of ${extents.join(', ')}, not ${name}.`)
  return found
}
