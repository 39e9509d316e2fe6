import type { IForbiddenRuleType } from 'dependency-cruiser'

/**
 * The map of the house (`npm run floors`). A folder imports only what lies on a lower floor: nothing above it, and no
 * neighbour. Tests may import anything. A new folder gets its floor here and its line in CONTRIBUTING.md.
 */
export const floors = [
  ['index.ts', 'driver.ts', 'companion.ts'],
  ['api'],
  ['upkeep/garbage', 'upkeep/history', 'upkeep/rebuild'],
  ['api/options'],
  ['import', 'standby'],
  ['fork'],
  ['fork/verify'],
  ['fork/neutralize'],
  ['snapshot'],
  ['history'],
  ['archive', 'elsewhere'],
  ['records'],
  ['operation'],
  ['postgres/backup', 'postgres/moment', 'postgres/sanitize', 'postgres/source'],
  ['postgres/server', 'postgres/settings', 'postgres/sql'],
  ['postgres/wal'],
  ['postgres/files'],
  ['storage/kit'],
  ['storage/driver'],
  ['state'],
  ['process', 'files'],
  ['command', 'names', 'options'],
  ['errors', 'diagnostics'],
]

const core = '^packages/core/src/'
const test = '[.]test[.]ts$'
const testFiles = [test, '/test-fixture[.]ts$']

/** A folder's own files, without those of the folders in it. */
const filesOf = (room: string) => (room.endsWith('.ts') ? `${room}$` : `${room}/[^/]+$`)
const anyOf = (rooms: string[]) => `${core}(?:${rooms.map(filesOf).join('|')})`

/** From `room`, everything in core is forbidden but its own files and the floors below. */
const holdFloor = (room: string, floor: number): IForbiddenRuleType => ({
  name: room,
  comment: `${room} imports only what lies on a lower floor (floors.config.ts).`,
  severity: 'error',
  from: { path: anyOf([room]), pathNot: test },
  to: { path: core, pathNot: anyOf([room, ...floors.slice(floor + 1).flat()]) },
})

/** What a package may import of the other packages; whatever is not named here, it may not. */
const doors: Record<string, string[]> = {
  core: [],
  'driver-(?!overlay)[^/]+': ['core/src/driver.ts'],
  // Its snapshots are copies.
  'driver-overlay': ['core/src/driver.ts', 'driver-copy/src/companion.ts'],
  containers: ['core/src/index.ts', 'core/src/companion.ts'],
  testing: ['core/src/index.ts', 'core/src/companion.ts', 'driver-overlay/src/index.ts', 'containers/src/index.ts'],
  cli: [
    'core/src/index.ts',
    'core/src/companion.ts',
    'driver-(?:btrfs|copy|lvm|overlay|rbd|zfs)/src/index.ts',
    'containers/src/index.ts',
  ],
}

const holdDoors = ([name, open]: [string, string[]]): IForbiddenRuleType => ({
  name: `doors of other packages: ${name}`,
  comment: `packages/${name} imports of other packages only: ${open.join(', ') || 'nothing'} (floors.config.ts).`,
  severity: 'error',
  from: { path: `^packages/(${name})/`, pathNot: test },
  to: { path: '^packages/', pathNot: ['^packages/$1/', ...open.map((door) => `^packages/${door}$`)] },
})

export const forbidden: IForbiddenRuleType[] = [
  ...floors.flatMap((rooms, floor) => rooms.map((room) => holdFloor(room, floor))),
  ...Object.entries(doors).map(holdDoors),
  {
    name: 'every folder has its floor',
    comment: 'Say in floors.config.ts on which floor this folder lies.',
    severity: 'error',
    from: { path: core, pathNot: [test, anyOf(floors.flat())] },
    to: {},
  },
  { name: 'no circles', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'sources know no tests',
    comment: 'What is shipped imports nothing of tests; what they share is in test/support.',
    severity: 'error',
    from: { path: '^packages/[^/]+/src/', pathNot: testFiles },
    to: { path: ['^(?:test|bench|demo|scripts)/', test] },
  },
  {
    name: 'support knows no tests',
    comment: 'What tests share imports nothing of them.',
    severity: 'error',
    from: { path: '^test/support/', pathNot: test },
    to: { path: ['^test/(?!support/)', '^(?:bench|demo)/', test] },
  },
  // Otherwise a rule could hold only because nobody knows what is imported. What uses the packed packages has none before they are built.
  {
    name: 'every import resolves',
    severity: 'error',
    from: { pathNot: '^scripts/packed/programs/' },
    to: { couldNotResolve: true },
  },
]
