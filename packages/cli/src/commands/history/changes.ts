import { type ChangedRelation, listChanges, type TransactionChanges } from '@pgfork/core'
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
    ],
    async run({ config, operation, warnings }, { args: [source], options: { around, from, to, atLeast } }) {
      const cluster = readCluster(config.source, source)
      const range = around === undefined ? { ...(from && { from }), ...(to && { to }) } : readAround(around, new Date())
      const changes: TransactionChanges[] = []
      let isCut = false
      for await (const change of listChanges({ ...operation, source: cluster, ...range, ...readAtLeast(atLeast) })) {
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
    'The moment before one of them: pgfork create --at before:TRANSACTION',
  ]
}

function describeChange({
  tables,
  removed,
  removal,
}: Pick<TransactionChanges, 'tables' | 'removed' | 'removal'>): string {
  const ofTables = tables.map((table) => {
    const counts = (['inserted', 'updated', 'deleted'] as const).filter((kind) => table[kind] > 0)
    return `${nameOf(table)} ${counts.map((kind) => `${table[kind]} ${kind}`).join(' ')}`
  })
  return [...ofTables, ...(removal === undefined ? [] : [`${removal}: ${removed.map(nameOf).join(' ')}`])].join(', ')
}

/** In a fork of the moment before, `SELECT pg_filenode_relation(0, 16389)` tells the name of one that is gone. */
const nameOf = ({ name, file }: ChangedRelation): string => name ?? `file ${file}`
