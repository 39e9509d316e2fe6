import type { BenchOptions } from '../options.ts'
import type { Goal } from '../report.ts'

export interface SectionResult {
  /** Markdown for whoever runs the bench. */
  readonly details: string
  /** The few lines of Markdown that belong into the README; left out: nothing. */
  readonly summary?: string
  readonly goals: readonly Goal[]
}

export interface Section {
  readonly title: string
  /** `tell` gets a line whenever something was measured. */
  measure(options: BenchOptions, tell: (line: string) => void): Promise<SectionResult>
}
