import { type ChangedRelation, listChanges, openFork, type TransactionChanges } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { describeTable } from '../../output/table.ts'
import { usageError } from '../../output/usage-error.ts'
import { defineCommand } from '../define-command.ts'
import { readCluster } from '../read-source.ts'
import { readAround } from './read-around.ts'

interface ChangesFlags {
  readonly around?: string
  readonly from?: string
  readonly to?: string
  readonly atLeast?: string
  readonly namesFrom?: string
}

/** More isn't read by anybody, and all are in memory. */
const most = 1_000

export const addHistoryChanges = (group: Command): Command =>
  defineCommand<ChangesFlags>(group, {
    usage: 'changes [source]',
    summary: 'Lists what transactions changed, to find a mistake.',
    examples: [
      'pgfork history changes /srv/pg/main --around 14:03',
      'pgfork history changes --from 2026-01-05T14:00:00+01:00 --at-least 1000 --json',
    ],
    options: [
      new Option(
        '--around <time>',
        'from a minute before to two minutes after; without a zone, by the clock here',
      ).conflicts(['from', 'to']),
      new Option('--from <moment>', 'a time with a zone, or a location in the WAL; else the earliest'),
      new Option('--to <moment>', 'the same; else the latest'),
      new Option('--at-least <rows>', 'only transactions that changed so many, or removed a table'),
      new Option(
        '--names-from <fork>',
        'asked for the names of what is gone from the source: a fork of a moment before',
      ),
    ],
    async run({ config, operation, warnings }, { args: [source], options }) {
      const { around, from, to, atLeast, namesFrom } = options
      const cluster = readCluster(config.source, source)
      const range = around === undefined ? { ...(from && { from }), ...(to && { to }) } : readAround(around, new Date())
      const names = namesFrom === undefined ? {} : { namesFrom: await openFork(namesFrom, operation) }
      const request = { ...operation, source: cluster, ...range, ...readAtLeast(atLeast), ...names }
      const changes: TransactionChanges[] = []
      let isCut = false
      for await (const change of listChanges(request)) {
        isCut = changes.length === most
        if (isCut) break
        changes.push(change)
      }
      return { json: { changes, isCut, warnings }, lines: describe(changes, isCut) }
    },
  })

function readAtLeast(text: string | undefined): { atLeast?: number } {
  if (text === undefined) return {}
  if (!/^\d{1,12}$/.test(text)) throw usageError(`--at-least takes a number of rows, not ${text}.`, '--at-least')
  return { atLeast: Number(text) }
}

function describe(changes: readonly TransactionChanges[], isCut: boolean): string[] {
  if (changes.length === 0) return ['Nothing was changed then.']
  const rows = changes.map(({ time, transaction, database, ...change }) => [
    time,
    String(transaction),
    database ?? '-',
    describeChange(change),
  ])
  return [
    ...describeTable(['TIME', 'TRANSACTION', 'DATABASE', 'CHANGES'], rows),
    '',
    ...(isCut ? [`There are more than ${most}. Ask for less: --from, --to, --at-least.`] : []),
    ...(changes.some(({ isPartial }) => isPartial)
      ? ['Some began before the WAL that was read, and may have changed more: ask for an earlier --from.']
      : []),
    'The moment before one of them: pgfork create --at before:TRANSACTION',
    ...(isAllNamed(changes)
      ? []
      : ['The names of files that are gone, as a fork of that moment has them: --names-from FORK']),
  ]
}

function describeChange({
  tables,
  removed,
  removal,
  droppedDatabase,
  isPartial,
}: Pick<TransactionChanges, 'tables' | 'removed' | 'removal' | 'droppedDatabase' | 'isPartial'>): string {
  const ofTables = tables.map((table) => {
    const counts = (['inserted', 'updated', 'deleted'] as const).filter((kind) => table[kind] > 0)
    return `${nameOf(table)} ${counts.map((kind) => `${table[kind]} ${kind}`).join(' ')}`
  })
  const ofDatabase =
    droppedDatabase === undefined ? [] : [`database ${droppedDatabase.name ?? `number ${droppedDatabase.number}`}`]
  const gone = [...ofDatabase, ...removed.map(nameOf)].join(' ')
  return [
    ...ofTables,
    ...(removal === undefined ? [] : [`${removal}: ${gone}`]),
    ...(isPartial ? ['and what it did before (see --from)'] : []),
  ].join(', ')
}

const isAllNamed = (changes: readonly TransactionChanges[]): boolean =>
  changes.every(({ tables, removed, droppedDatabase }) =>
    [...tables, ...removed, droppedDatabase ?? { name: '' }].every(({ name }) => name !== undefined),
  )

/** The name of one that is gone is known in a fork of a moment before: `--names-from`. */
const nameOf = ({ name, file }: ChangedRelation): string => name ?? `file ${file}`
