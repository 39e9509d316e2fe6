import type { Goal } from '../report.ts'
import type { TestingBenchOptions } from './options.ts'

export interface TestingSectionResult {
  /** Markdown, for whoever runs the bench and for the README. */
  readonly details: string
  readonly goals: readonly Goal[]
}

/** `tell` gets a line whenever something was measured. */
export type TestingSection = (
  options: TestingBenchOptions,
  tell: (line: string) => void,
) => Promise<TestingSectionResult>
