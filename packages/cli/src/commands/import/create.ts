import { importDatabase } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { describeDuration } from '../../output/describe-duration.ts'
import { type CopyFlags, copyOptions, readCopyFlags } from '../copy-flags.ts'
import { defineCommand } from '../define-command.ts'
import { collect, driverOption } from '../fork-options.ts'

interface CreateFlags extends CopyFlags {
  readonly database?: readonly string[]
  readonly withoutExtension?: readonly string[]
  readonly jobs?: string
  readonly keep?: string
  readonly owners?: boolean
  readonly driver?: string
}

export const addImportCreate = (group: Command): Command =>
  defineCommand<CreateFlags>(group, {
    usage: 'create [url]',
    isDefault: true,
    changes: true,
    summary: 'Dumps the databases there, several tables at a time, and restores them here.',
    examples: [
      'pgfork import create postgresql://reader@db.example.org/shop --name shop --directory /srv/pg/shop',
      'pgfork import create --name shop --directory /srv/pg/shop --database shop --jobs 8 --keep 3',
    ],
    options: [
      ...copyOptions(),
      new Option('--database <name>', 'only this one; can be repeated').argParser(collect),
      new Option('--without-extension <name>', 'leaves it out; can be repeated').argParser(collect),
      new Option('--jobs <number>', 'tables at a time, on both machines'),
      new Option('--keep <number>', 'generations that stay, the newest among them; else 2'),
      new Option('--no-owners', 'everything belongs to the superuser'),
      driverOption(),
    ],
    async run({ making, warnings }, { args: [url], options }) {
      const { database, withoutExtension, jobs, keep, owners } = options
      const startedAt = performance.now()
      const imported = await importDatabase({
        ...making,
        ...readCopyFlags(url, options),
        ...(database === undefined ? {} : { databases: database }),
        ...(withoutExtension === undefined ? {} : { withoutExtensions: withoutExtension }),
        ...(jobs === undefined ? {} : { jobs: Number(jobs) }),
        ...(keep === undefined ? {} : { keep: Number(keep) }),
        ...(owners === false ? { keepOwners: false } : {}),
      })
      const milliseconds = Math.round(performance.now() - startedAt)
      const { name, directory, major } = imported
      return {
        json: { name, directory, major, generations: await imported.generations(), milliseconds, warnings },
        lines: [`Imported ${name} in ${describeDuration(milliseconds)}.`, `To fork it: pgfork create --import ${name}`],
      }
    },
  })
