import { collectGarbage } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { collectGoneBranches } from '../branch/collect-gone-branches.ts'
import { exitStatus } from '../output/exit-status.ts'
import { describeError } from '../output/report.ts'
import { defineCommand } from './define-command.ts'
import { collect } from './fork-options.ts'
import { readDuration } from './read-duration.ts'

interface GcFlags {
  readonly dryRun?: boolean
  readonly idle?: string
  readonly goneMachine?: readonly string[]
}

export const addGc = (program: Command): Command =>
  defineCommand<GcFlags>(program, {
    usage: 'gc',
    changes: true,
    summary:
      'Removes what ended processes have left behind, forks whose time is over, and those of git branches that are gone.',
    examples: ['pgfork gc --dry-run', 'pgfork gc --idle 7d --json'],
    options: [
      new Option('--dry-run', 'only says what it would remove'),
      new Option('--idle <duration>', 'also forks without a connection or a write for that long, such as 7d'),
      new Option(
        '--gone-machine <name>',
        'also what was made on a machine or in a container that is gone for good; can be repeated',
      ).argParser(collect),
    ],
    async run({ operation, warnings }, { options: { dryRun = false, idle, goneMachine } }) {
      const found = await collectGarbage({
        ...operation,
        dryRun,
        ...(idle === undefined ? {} : { idleMs: readDuration(idle, '--idle') }),
        ...(goneMachine === undefined ? {} : { goneMachines: goneMachine }),
      })
      const ofBranches = await collectGoneBranches(operation, { dryRun })
      const garbage = [...found, ...ofBranches].map(({ kind, name, reason, isRemoved, failure }) => ({
        ...{ kind, name, reason, isRemoved },
        error: failure === undefined ? undefined : describeError(failure),
      }))
      const fate = ({ isRemoved, error }: (typeof garbage)[number]): string =>
        isRemoved ? 'removed' : error === undefined ? 'would be removed' : `not removed: ${error.message}`
      return {
        json: { garbage, warnings },
        lines:
          garbage.length === 0
            ? ['There is no garbage.']
            : garbage.map((one) => `${one.kind} ${one.name}: ${one.reason}, ${fate(one)}`),
        status: garbage.some(({ error }) => error !== undefined) ? exitStatus.failed : exitStatus.done,
      }
    },
  })
