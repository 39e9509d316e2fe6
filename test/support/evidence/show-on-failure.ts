import { onTestFailed } from 'vitest'
import type { EvidenceSource } from './evidence.ts'

/** Prints what the sources can tell when the current test fails. To be called in the test, as soon as there is a source. */
export function showOnFailure(...sources: readonly EvidenceSource[]): void {
  onTestFailed(async ({ task }) => {
    const texts = await Promise.all(
      sources.map((source) => source.evidence().catch((error: unknown) => `No evidence: ${error}`)),
    )
    console.error([`Evidence of the failed test "${task.name}"`, ...texts].join('\n\n'))
  })
}
