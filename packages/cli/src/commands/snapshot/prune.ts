import { type ClusterSnapshot, isPgforkError, listSnapshots } from '@pgfork/core'
import { chooseExpired, readKeepRules } from '@pgfork/core/companion'
import { type Command, Option } from 'commander'
import { ask } from '../../context/ask.ts'
import { statusOf } from '../../output/exit-status.ts'
import { describeError } from '../../output/report.ts'
import { defineCommand } from '../define-command.ts'
import { nothingDone, refuseAborted } from '../each-name.ts'

interface PruneFlags {
  readonly keep: string
  readonly prefix?: string
  readonly source?: string
  readonly dryRun?: boolean
}

export const addSnapshotPrune = (group: Command): Command =>
  defineCommand<PruneFlags>(group, {
    usage: 'prune',
    changes: true,
    summary:
      'Removes snapshots by age, for each source by itself. Those that a fork needs stay, and those that are protected.',
    examples: [
      'pgfork snapshot prune --keep 24x1h,7x1d --dry-run',
      'pgfork snapshot prune --keep 7x1d --prefix snapshot- --yes',
    ],
    options: [
      new Option('--keep <rules>', 'how many, one for each period: 60x1min,24x1h,7x1d').makeOptionMandatory(),
      new Option('--prefix <text>', 'only those whose names begin like this'),
      new Option('--source <path>', 'only those of this data directory'),
      new Option('--dry-run', 'only says what it would remove'),
    ],
    asks: true,
    async run({ operation, interruption, isSure, warnings }, { options: { keep, prefix = '', source, dryRun } }) {
      const rules = readKeepRules(keep, '--keep')
      const candidates = (await listSnapshots(operation)).filter(
        ({ name, dataDirectory, isOfHistory, isProtected }) =>
          // Those of a history go by rules of their own.
          !isOfHistory && !isProtected && name.startsWith(prefix) && (source === undefined || dataDirectory === source),
      )
      const expired = groupBySource(candidates).flatMap((ofOne) => chooseExpired(ofOne, rules))
      const names = expired.map(({ name }) => name)
      if (dryRun || names.length === 0)
        return {
          json: { expired: names, done: [], inUse: [], failed: [], warnings },
          lines:
            names.length === 0 ? ['There is nothing to remove.'] : names.map((name) => `${name} would be removed.`),
        }
      if (!(await ask(`Destroy the snapshots ${names.join(', ')}?`, isSure, interruption.signal))) return nothingDone
      return destroyAll(expired, { warnings, signal: operation.signal })
    },
  })

/** One whose source isn't known any more, after its record was rebuilt, is none that a rule could be about. */
function groupBySource(snapshots: readonly ClusterSnapshot[]): ClusterSnapshot[][] {
  const sources = new Set(snapshots.map(({ dataDirectory }) => dataDirectory).filter((path) => path !== undefined))
  return [...sources].map((source) => snapshots.filter(({ dataDirectory }) => dataDirectory === source))
}

/** One that a fork needs is no failure: the next run finds it again. */
async function destroyAll(
  snapshots: readonly ClusterSnapshot[],
  { warnings, signal }: { readonly warnings: readonly string[]; readonly signal: AbortSignal | undefined },
) {
  const done: string[] = []
  const inUse: string[] = []
  const failed: { name: string; error: unknown }[] = []
  const errors: unknown[] = []
  let status = 0
  for (const snapshot of snapshots) {
    const { name } = snapshot
    try {
      refuseAborted(signal)
      await snapshot.destroy()
      done.push(name)
    } catch (error) {
      if (isPgforkError(error, 'BUSY')) inUse.push(name)
      else {
        failed.push({ name, error: describeError(error) })
        errors.push(error)
        status ||= statusOf(error)
      }
    }
  }
  const lines = [...done.map((name) => `Destroyed ${name}.`), ...inUse.map((name) => `${name} stays: a fork needs it.`)]
  return { json: { expired: snapshots.map(({ name }) => name), done, inUse, failed, warnings }, lines, errors, status }
}
