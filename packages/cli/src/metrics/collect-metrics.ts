import type { ForkSummary } from '@pgfork/core'
import type { PoolSpace, StorageUse } from '@pgfork/core/companion'
import type { Metric, Sample } from './format-metrics.ts'
import type { Outcome } from './outcomes.ts'

/** docs/cli.md describes them; they are stable. */
export function collectMetrics(
  forks: readonly ForkSummary[],
  { forks: spaces, pools }: StorageUse,
  outcomes: readonly Outcome[],
): Metric[] {
  const ofForks = (measure: (fork: ForkSummary) => number | undefined): Sample[] =>
    forks.flatMap((fork) => sample({ fork: fork.name }, measure(fork)))
  const ofPools = (measure: (space: PoolSpace['space']) => number | undefined, kind: string): Sample[] =>
    pools.flatMap(({ driver, pool, space }) => sample({ driver, pool, kind }, measure(space)))
  const ofOutcomes = (key: 'succeededAt' | 'failedAt'): Sample[] =>
    outcomes.flatMap((outcome) =>
      sample(
        { command: outcome.name.replace('-', ' '), code: key === 'failedAt' ? outcome.failure : undefined },
        seconds(outcome[key]),
      ),
    )
  return [
    metric('forks', 'How many forks there are.', [{ labels: {}, value: forks.length }]),
    metric(
      'fork_info',
      'What a fork is; always 1.',
      forks.map(({ name, status, lifetime, source, drivers }) => ({
        labels: { fork: name, status, lifetime, source, driver: drivers.join(',') },
        value: 1,
      })),
    ),
    metric(
      'fork_up',
      'Whether its server runs; left out where that cannot be known.',
      ofForks(({ isRunning }) => (isRunning === undefined ? undefined : Number(isRunning))),
    ),
    metric(
      'fork_protected',
      'Whether destroy and gc leave it alone.',
      ofForks(({ isProtected }) => Number(isProtected)),
    ),
    metric(
      'fork_created_timestamp_seconds',
      'When it was made.',
      ofForks(({ createdAt }) => seconds(createdAt)),
    ),
    metric(
      'fork_age_seconds',
      'How old it is.',
      ofForks(({ createdAt }) => (Date.now() - createdAt.getTime()) / 1000),
    ),
    metric(
      'fork_expires_timestamp_seconds',
      'When gc may remove it.',
      ofForks(({ expiresAt }) => seconds(expiresAt)),
    ),
    metric(
      'fork_own_bytes',
      'What it shares with nothing; left out where its storage cannot tell.',
      spaces.flatMap(({ name, ownBytes }) => sample({ fork: name }, ownBytes)),
    ),
    metric('pool_used_bytes', 'Of the storage that forks share with their sources.', [
      ...ofPools(({ data }) => data.usedBytes, 'data'),
      ...ofPools(({ metadata }) => metadata?.usedBytes, 'metadata'),
    ]),
    metric('pool_size_bytes', 'The same when full.', [
      ...ofPools(({ data }) => data.totalBytes, 'data'),
      ...ofPools(({ metadata }) => metadata?.totalBytes, 'metadata'),
    ]),
    metric('last_success_timestamp_seconds', 'When a command last succeeded.', ofOutcomes('succeededAt')),
    metric('last_failure_timestamp_seconds', 'When a command last failed, and how.', ofOutcomes('failedAt')),
  ]
}

const metric = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name: `pgfork_${name}`,
  help,
  samples,
})

const sample = (labels: Sample['labels'], value: number | undefined): Sample[] =>
  value === undefined ? [] : [{ labels, value }]

const seconds = (time: Date | string | undefined): number | undefined =>
  time === undefined ? undefined : new Date(time).getTime() / 1000
