import { expect, test } from 'vitest'
import { buildTree, drawTree, type Leaf } from './tree.ts'

const fork = (name: string, source: string | undefined): Leaf => ({
  ...{ kind: 'fork', name, source, dataDirectory: `/forks/${name}`, state: 'running' },
})

test('forks stand below what they were made of', () => {
  const snapshot: Leaf = {
    kind: 'snapshot',
    name: 'monday',
    source: '/main',
    dataDirectory: undefined,
    state: 'snapshot',
  }
  const sources = buildTree([snapshot, fork('one', '/main'), fork('grandchild', '/forks/one'), fork('lost', undefined)])
  expect(drawTree(sources)).toEqual([
    '/main',
    '├── monday (snapshot)',
    '└── one (running)',
    '    └── grandchild (running)',
    '(a source that is not known)',
    '└── lost (running)',
  ])
})

test('one whose parent is gone stands below the directory that it had', () => {
  expect(drawTree(buildTree([fork('orphan', '/forks/gone')]))).toEqual(['/forks/gone', '└── orphan (running)'])
})
