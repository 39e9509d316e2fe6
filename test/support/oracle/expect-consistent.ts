import type { ForkReport } from './check-fork.ts'
import type { CommitName } from './history.ts'

/** @throws Error that tells each kind of fault with its first examples. */
export function expectConsistent(report: ForkReport): void {
  if (report.isConsistent) return
  throw new Error(
    `A fork with ${report.present} of the writers' transactions is inconsistent.\n${formatReport(report)}`,
  )
}

function formatReport({ lost, gaps, neverIssued, halves }: ForkReport): string {
  const sections: [string, readonly string[]][] = [
    ['acknowledged before the fork was asked for, yet absent', lost.map(formatName)],
    ['absent, though acknowledged before one that is present began', gaps.map(formatName)],
    ['present, though no writer had begun it', neverIssued.map(formatName)],
    ['only partly there', halves],
  ]
  return sections
    .filter(([, examples]) => examples.length > 0)
    .map(
      ([what, examples]) =>
        `${examples.length} ${what}:\n${examples
          .slice(0, 10)
          .map((line) => `  ${line}\n`)
          .join('')}`,
    )
    .join('')
}

const formatName = ({ writer, sequence }: CommitName): string => `writer ${writer}, transaction ${sequence}`
