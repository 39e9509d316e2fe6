import { createStandby } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { describeDuration } from '../../output/describe-duration.ts'
import { describeStandby } from '../../output/standby-report.ts'
import { readSize } from '../../storage/read-size.ts'
import { type CopyFlags, copyOptions, readCopyFlags } from '../copy-flags.ts'
import { defineCommand } from '../define-command.ts'
import { collect, driverOption, readSettings } from '../fork-options.ts'

interface CreateFlags extends CopyFlags {
  readonly port?: string
  readonly slot?: boolean
  readonly set?: readonly string[]
  readonly maxRate?: string
  readonly primaryIsHere?: boolean
  readonly driver?: string
}

export const addStandbyCreate = (group: Command): Command =>
  defineCommand<CreateFlags>(group, {
    usage: 'create [url]',
    changes: true,
    summary: 'Seeds a standby by a base backup, and starts it. The URL is that of a role with the right REPLICATION.',
    examples: [
      'pgfork standby create postgresql://replicator@db.example.org/shop --name production --directory /srv/pg/production',
      'pgfork standby create --name production --directory /srv/pg/production --slot --max-rate 50M',
    ],
    options: [
      ...copyOptions(),
      new Option('--port <number>', 'TCP port on 127.0.0.1; else a free one'),
      new Option('--slot', 'has the primary keep WAL for it, up to its max_slot_wal_keep_size'),
      new Option('--set <name=value>', 'a PostgreSQL setting of the standby; can be repeated').argParser(collect),
      new Option('--max-rate <size>', 'the most that the base backup reads a second, such as 50M'),
      new Option(
        '--primary-is-here',
        'the primary may run on this machine as the same user; nobody makes tablespaces there',
      ),
      driverOption(),
    ],
    async run({ making, warnings }, { args: [url], options: { port, slot, set, maxRate, primaryIsHere, ...flags } }) {
      const startedAt = performance.now()
      const standby = await createStandby({
        ...making,
        ...readCopyFlags(url, flags),
        ...(port === undefined ? {} : { port: Number(port) }),
        ...(slot === undefined ? {} : { slot }),
        ...(primaryIsHere === undefined ? {} : { primaryIsHere }),
        ...(set === undefined ? {} : { settings: readSettings(set) }),
        ...(maxRate === undefined
          ? {}
          : { maxBytesPerSecond: readSize(maxRate, { option: '--max-rate', least: 1024 ** 2 }) }),
      })
      const milliseconds = Math.round(performance.now() - startedAt)
      return {
        json: { ...describeStandby(standby), milliseconds, warnings },
        lines: [
          `Made the standby ${standby.name} in ${describeDuration(milliseconds)}.`,
          standby.connectionString,
          `To start it at boot: pgfork standby unit ${standby.name}`,
        ],
      }
    },
  })
