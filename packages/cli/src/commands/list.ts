import { listForks } from '@pgfork/core'
import { measureStorage } from '@pgfork/core/companion'
import { type Command, Option } from 'commander'
import { collectMetrics } from '../metrics/collect-metrics.ts'
import { formatMetrics } from '../metrics/format-metrics.ts'
import { listOutcomes } from '../metrics/outcomes.ts'
import { describeAge, describeState } from '../output/describe-state.ts'
import { describeFork } from '../output/fork-report.ts'
import { describeTable } from '../output/table.ts'
import { defineCommand } from './define-command.ts'

export const addList = (program: Command): Command =>
  defineCommand<{ readonly prometheus?: boolean }>(program, {
    usage: 'list',
    summary: 'Lists all forks, oldest first.',
    examples: ['pgfork list', "pgfork list --json | jq -r '.forks[].name'", 'pgfork list --prometheus'],
    options: [new Option('--prometheus', "metrics in Prometheus' text format").conflicts('json')],
    async run(context, { options: { prometheus } }) {
      const forks = await listForks(context.operation)
      if (prometheus) {
        const { operation } = context
        const metrics = collectMetrics(
          forks,
          await measureStorage(operation),
          await listOutcomes(operation.stateDirectory),
        )
        return { json: undefined, lines: formatMetrics(metrics) }
      }
      const rows = forks.map((fork) => [
        fork.name,
        describeState(fork),
        String(fork.port ?? '-'),
        describeAge(fork.createdAt),
        fork.drivers.join(', '),
        fork.source ?? '-',
      ])
      return {
        json: { forks: forks.map(describeFork), warnings: context.warnings },
        lines:
          rows.length === 0
            ? ['There is no fork.']
            : describeTable(['NAME', 'STATE', 'PORT', 'AGE', 'DRIVER', 'SOURCE'], rows),
      }
    },
  }).alias('ls')
