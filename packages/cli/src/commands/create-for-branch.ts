import { Option } from 'commander'
import { type BranchFork, forkForBranch } from '../branch/fork-for-branch.ts'
import type { Context } from '../context/context.ts'
import { describeDuration } from '../output/describe-duration.ts'
import { describeAge } from '../output/describe-state.ts'
import { describeFork, findFork } from '../output/fork-report.ts'
import type { Report } from '../output/report.ts'
import { type ForkFlags, readForkOptions } from './fork-options.ts'

export const forBranchOption = () =>
  new Option(
    '--for-branch',
    'the fork of the git branch and worktree in which this is run: its name and port are the same each time; nothing is made where it is there',
  ).conflicts(['name', 'port', 'dryRun', 'commands'])

export async function createForBranch(context: Context, flags: ForkFlags, source?: string): Promise<Report> {
  const startedAt = performance.now()
  const made = await forkForBranch(context, async () => ({
    ...(await readForkOptions(context, flags, source)),
    lifetime: 'persistent',
  }))
  const milliseconds = Math.round(performance.now() - startedAt)
  const { fork, record, isNew } = made
  const summary = await findFork(fork.name, context.operation)
  const { worktree, branch } = record
  return {
    json: {
      ...(summary && describeFork(summary)),
      ...{ milliseconds, steps: fork.steps, forBranch: { worktree, branch, isNew }, warnings: context.warnings },
    },
    lines: [tell(made, milliseconds), fork.connectionString],
  }
}

function tell({ fork, record: { worktree, branch, forkCreatedAt }, isNew }: BranchFork, milliseconds: number): string {
  const what = branch === undefined ? `the worktree ${worktree}` : branch.replace(/^refs\/heads\//, '')
  if (isNew) return `Made ${fork.name} for ${what} in ${describeDuration(milliseconds)}.`
  const age = forkCreatedAt === undefined ? '' : `, ${describeAge(new Date(forkCreatedAt))} old`
  return `${fork.name} is there for ${what}${age}. Options only count for a new one.`
}
