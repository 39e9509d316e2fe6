import process from 'node:process'

/** Every supported major version, the oldest first. */
export const majorVersions = ['10', '11', '12', '13', '14', '15', '16', '17', '18'] as const

export type MajorVersion = (typeof majorVersions)[number]

/** The version that tests use unless they name one: PGFORK_TEST_VERSION, default 15 (`npm run test:matrix` sets it). */
export function testedVersion(): MajorVersion {
  const name = process.env.PGFORK_TEST_VERSION ?? '15'
  const version = majorVersions.find((known) => known === name)
  if (version === undefined)
    throw new Error(`PGFORK_TEST_VERSION must be one of ${majorVersions.join(', ')}, not ${name}.`)
  return version
}
