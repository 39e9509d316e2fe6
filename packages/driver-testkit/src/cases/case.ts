import type { DriverSuiteOptions } from '../suite-options.ts'

/** One test of the suite. */
export interface Case {
  readonly name: string
  /** Left out: applies to every driver. */
  readonly appliesTo?: (options: DriverSuiteOptions) => boolean
  readonly run: (options: DriverSuiteOptions) => Promise<void>
}
