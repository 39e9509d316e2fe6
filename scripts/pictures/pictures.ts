import { readFile } from 'node:fs/promises'
import { drawForks, drawSteps, drawTests } from './charts.ts'
import { drawTerminal } from './terminal.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8')

/** What is drawn of what is stored in the repository, by path. The concepts' pictures are drawn by hand. */
export const drawPictures = async (): Promise<Readonly<Record<string, string>>> => ({
  'docs/pictures/forks.svg': drawForks(await read('README.md')),
  'docs/pictures/tests.svg': drawTests(await read('packages/testing/README.md')),
  'docs/pictures/performance.svg': drawSteps(await read('docs/performance.md')),
  'docs/pictures/terminal.svg': drawTerminal(
    await read('docs/pictures/terminal.txt'),
    'A terminal in which pgfork makes a fork of a running server, changes it, and removes it',
  ),
})
