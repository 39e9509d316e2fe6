import { createSnapshot } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { describeDuration } from '../../output/describe-duration.ts'
import { describeSnapshot } from '../../output/snapshot-report.ts'
import { defineCommand } from '../define-command.ts'
import { driverOption } from '../fork-options.ts'
import { containerOption, networkOption, readCluster, type SourceFlags, volumeOption } from '../read-source.ts'
import { timedName } from './timed-name.ts'

interface SnapshotFlags extends SourceFlags {
  readonly name?: string
  readonly prefix: string
  readonly checkpoint?: boolean
}

export const addSnapshotCreate = (group: Command): Command =>
  defineCommand<SnapshotFlags>(group, {
    usage: 'create [source]',
    changes: true,
    summary: 'Takes a snapshot of a server.',
    examples: ['pgfork snapshot create /srv/pg/main --name monday', 'pgfork snapshot create --json'],
    options: [
      new Option('--name <name>', 'else its time in UTC behind the prefix'),
      new Option('--prefix <text>', 'of a name by the time').default('snapshot'),
      new Option('--checkpoint', 'fails where the source can make no checkpoint'),
      new Option('--no-checkpoint', 'no checkpoint of the source').default(undefined),
      containerOption(),
      networkOption(),
      volumeOption().conflicts('container'),
      driverOption(),
    ],
    async run({ config, making, warnings }, { args: [source], options: { name, prefix, checkpoint, ...place } }) {
      const startedAt = performance.now()
      const { spaceThresholds } = config.create ?? {}
      const wish = checkpoint ?? config.create?.checkpoint
      const snapshot = await createSnapshot({
        ...making,
        source: readCluster(config.source, source, place),
        name: name ?? timedName(prefix, new Date()),
        ...(wish === undefined ? {} : { checkpoint: wish }),
        ...(spaceThresholds === undefined ? {} : { spaceThresholds }),
      })
      const milliseconds = Math.round(performance.now() - startedAt)
      return {
        json: { ...describeSnapshot(snapshot), milliseconds, warnings },
        lines: [`Took ${snapshot.name} in ${describeDuration(milliseconds)}.`],
      }
    },
  })
