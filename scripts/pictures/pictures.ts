import { readFile } from 'node:fs/promises'
import { drawForks, drawTable, drawTests, type TableChart } from './charts.ts'
import { drawTerminal } from './terminal.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8')

/** Of docs/performance.md, by the picture's name. */
const ofPerformance: Readonly<Record<string, TableChart>> = {
  performance: {
    title: 'Where the time of a fork goes',
    note: 'Medians of 5 forks of an idle server with 750 MB, Btrfs, 2 cores',
    table: 'step',
    others: ['by hand'],
  },
  start: {
    title: 'What PostgreSQL does in the start of a durable fork',
    note: 'PostgreSQL 15, Btrfs in a loop file, 2 cores',
    table: 'of a durable start',
    others: ['time'],
  },
  loads: {
    title: 'By what the source is doing',
    note: 'Until the first write in the fork; medians of 5, 750 MB, Btrfs, 2 cores',
    table: 'source',
    others: ['by hand'],
  },
  checkpoints: {
    title: 'A fork with and without a checkpoint of its source',
    note: 'By the WAL behind the last one; source at full speed, 750 MB, Btrfs, 2 cores',
    table: 'WAL behind',
  },
  moment: {
    title: 'A fork behind 500 MB of WAL',
    note: 'Medians of 5, 750 MB, Btrfs, 2 cores',
    table: 'step of a recovery',
  },
  processor: {
    title: 'What a fork behind 500 MB of WAL costs in seconds of CPU time',
    note: 'PostgreSQL 15, Btrfs, 2 cores',
    table: 'who works',
  },
  tree: {
    title: 'What a branch of a tree takes to be created',
    note: 'PostgreSQL 15 and 18, Btrfs in a loop file, 2 cores',
    table: 'branch, by',
    columns: ['create'],
    others: [
      'FILE_COPY, of a spine, the first',
      'FILE_COPY, the last of 64',
      'FILE_COPY, of a fan, the last of 256',
      "18's clone, of a spine, the first",
      "18's clone, the last of 64",
      "18's clone, of a fan, the last of 256",
    ],
  },
  template: {
    title: 'Ways to copy a template of 970 files',
    note: '28 MB, loop files, 2 cores',
    table: 'a template, copied by',
  },
}

/** What is drawn of what is stored in the repository, by path. The concepts' pictures are drawn by hand. */
export const drawPictures = async (): Promise<Readonly<Record<string, string>>> => ({
  'docs/pictures/forks.svg': drawForks(await read('README.md')),
  'docs/pictures/tests.svg': drawTests(await read('packages/testing/README.md')),
  ...(await drawPerformance()),
  'docs/pictures/terminal.svg': drawTerminal(
    await read('docs/pictures/terminal.txt'),
    'A terminal in which pgfork makes a fork of a running server, changes it, and removes it',
  ),
})

async function drawPerformance(): Promise<Record<string, string>> {
  const page = await read('docs/performance.md')
  const drawn = Object.entries(ofPerformance).map(([name, chart]) => [
    `docs/pictures/${name}.svg`,
    drawTable(page, chart),
  ])
  return Object.fromEntries(drawn)
}
