import { describeHistory, type HistoryDescription } from '@pgfork/core'
import type { Command } from 'commander'
import { describeAge } from '../../output/describe-state.ts'
import { drawHistory } from '../../output/draw-history.ts'
import { describeTable } from '../../output/table.ts'
import { defineCommand } from '../define-command.ts'
import { readCluster } from '../read-source.ts'

export const addHistoryShow = (group: Command): Command =>
  defineCommand(group, {
    usage: 'show [source]',
    summary: 'Shows which past moments of a server can be forked, and what its history takes.',
    examples: ['pgfork history show /srv/pg/main', 'pgfork history show --json | jq .latest'],
    async run({ config, operation, warnings }, { args: [source] }) {
      const cluster = readCluster(config.source, source)
      const history = await describeHistory({ ...operation, source: cluster, countCommits: true })
      return { json: { ...history, warnings }, lines: [...drawHistory(history), ...lines(history)] }
    },
  })

const mebibyte = 1024 * 1024

function lines(history: HistoryDescription): string[] {
  const { earliest, latest, gaps, keep, snapshots, walBytes, walDirectory, advisedWalKeepBytes, major } = history
  const moment = (found: typeof earliest): string =>
    found === undefined ? '-' : `${found.time ?? '-'}  ${found.location}`
  const newest = snapshots.at(-1)
  const advised = advisedWalKeepBytes === undefined ? '-' : adviceOf(advisedWalKeepBytes, major)
  return describeTable(
    [],
    [
      ['source', `${history.dataDirectory} (PostgreSQL ${major})`],
      ['earliest', moment(earliest)],
      ...gaps.flatMap(({ from, to }) => [
        ['gap from', moment(from)],
        ['to', moment(to)],
      ]),
      ['latest', moment(latest)],
      [
        'snapshots',
        `${snapshots.length} (${keep})${newest === undefined ? '' : `, the newest ${describeAge(newest.createdAt)} old`}`,
      ],
      ['commits', commitsOf(history)],
      ['WAL', `${Math.ceil(walBytes / mebibyte)} MB in ${walDirectory}`],
      ['advised', advised],
    ],
  )
}

/** Until 12, segments were counted, of 16 MB unless the cluster was made with others. */
const adviceOf = (bytes: number, major: number): string =>
  major >= 13 ? `wal_keep_size = ${bytes / mebibyte}MB` : `wal_keep_segments for ${bytes / mebibyte} MB`

function commitsOf({ commits }: HistoryDescription): string {
  const { minutes = [], from } = commits ?? {}
  if (from === undefined) return '-'
  // There may be more of them than a call takes arguments.
  const most = minutes.reduce((busiest, { commits: count }) => Math.max(busiest, count), 0)
  return `up to ${most.toLocaleString('en-US')} a minute, counted from ${from.toISOString().slice(0, 16)}Z on`
}
