import { aborting } from './cases/aborting.ts'
import { access } from './cases/access.ts'
import { busy } from './cases/busy.ts'
import type { Case } from './cases/case.ts'
import { claiming } from './cases/claiming.ts'
import { clones } from './cases/clones.ts'
import { concurrency } from './cases/concurrency.ts'
import { listing } from './cases/listing.ts'
import { locating } from './cases/locating.ts'
import { missingStorage } from './cases/missing-storage.ts'
import { mounting } from './cases/mounting.ts'
import { names } from './cases/names.ts'
import { outlining } from './cases/outlining.ts'
import { removal } from './cases/removal.ts'
import { snapshots } from './cases/snapshots.ts'
import { space } from './cases/space.ts'
import type { DriverSuiteOptions } from './suite-options.ts'

const cases: readonly Case[] = [
  ...locating,
  ...snapshots,
  ...clones,
  ...outlining,
  ...removal,
  ...busy,
  ...mounting,
  ...missingStorage,
  ...listing,
  ...names,
  ...concurrency,
  ...aborting,
  ...claiming,
  ...space,
  ...access,
]

/**
 * Registers the tests that every driver passes, on real storage, with the caller's test runner. What doesn't apply to the
 * stated semantics is not registered.
 *
 * @example
 * driverSuite({
 *   runner: { describe, test: (name, body, timeoutMs) => test(name, { timeout: timeoutMs }, body) },
 *   createDriver: (options) => mine(options),
 *   createVolume: async () => ..., // an empty directory on real storage
 *   semantics: { atomicity: 'volume', clonePinsSnapshot: false, copyOnWrite: true, clonesAreMounted: false },
 * })
 */
export function driverSuite(options: DriverSuiteOptions): void {
  const { runner, timeoutMs = 60_000 } = options
  runner.describe(`driver ${options.createDriver().name} conforms`, () => {
    for (const { name, appliesTo, run } of cases)
      if (appliesTo?.(options) ?? true) runner.test(name, () => run(options), timeoutMs)
  })
}
