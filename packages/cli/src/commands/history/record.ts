import { recordHistory } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { describeDuration } from '../../output/describe-duration.ts'
import { defineCommand } from '../define-command.ts'
import { driverOption } from '../fork-options.ts'
import { readCluster } from '../read-source.ts'

interface RecordFlags {
  readonly keep: string
  readonly directory?: string
}

export const addHistoryRecord = (group: Command): Command =>
  defineCommand<RecordFlags>(group, {
    usage: 'record [source]',
    changes: true,
    summary: 'Takes a snapshot, keeps what was written since the last one, and removes what is too old. For a timer.',
    examples: [
      'pgfork history record /srv/pg/main --keep 60x1min,24x1h,7x1d --quiet',
      'pgfork history record --keep 24x1h --directory /srv/pgfork/history',
    ],
    options: [
      new Option(
        '--keep <rules>',
        'how many snapshots, one for each period: 60x1min,24x1h,7x1d; and the WAL behind them',
      ).makeOptionMandatory(),
      new Option('--directory <path>', 'where the WAL is kept; else in the state directory'),
      driverOption(),
    ],
    async run({ config, making, warnings }, { args: [source], options: { keep, directory } }) {
      const startedAt = performance.now()
      const { spaceThresholds } = config.create ?? {}
      const recorded = await recordHistory({
        ...making,
        source: readCluster(config.source, source),
        keep,
        ...(directory === undefined ? {} : { directory }),
        ...(spaceThresholds === undefined ? {} : { spaceThresholds }),
      })
      const milliseconds = Math.round(performance.now() - startedAt)
      const { snapshot, segments, removedSnapshots, removedSegments } = recorded
      const removed = `removed ${removedSnapshots.length} snapshots and ${removedSegments} segments of WAL`
      return {
        json: { ...recorded, milliseconds, warnings },
        lines: [
          `Recorded ${snapshot} in ${describeDuration(milliseconds)}: copied ${segments} segments of WAL, ${removed}.`,
        ],
      }
    },
  })
