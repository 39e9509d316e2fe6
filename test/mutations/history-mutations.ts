import type { Mutation } from './mutation.ts'

const core = 'packages/core/src'
const moments = 'test/integration/moment'

/** Of what `recordHistory` keeps, and of forks of it. */
export const historyMutations: readonly Mutation[] = [
  {
    row: 'H1',
    file: `${core}/snapshot/take-snapshot.ts`,
    find: 'if (history !== undefined) return hasNewTablespace(inspection)',
    replace: 'if (history !== undefined) return false',
    test: `${moments}/history-refusals.test.ts`,
  },
  {
    row: 'H15',
    file: `${core}/api/record-history.ts`,
    find: "if (control.walLevel === 'minimal') throw minimalWal(dataDirectory)",
    replace: 'void minimalWal',
    test: `${moments}/history-refusals.test.ts`,
  },
  {
    row: 'H29',
    file: `${core}/history/history-folder.ts`,
    find: 'if ((statSync(walDirectory).mode & 0o077) !== 0)',
    replace: 'if (false as boolean)',
    test: `${moments}/history-refusals.test.ts`,
    names: 'H61: WAL is kept',
  },
  {
    row: 'H55',
    file: `${core}/api/record-history.ts`,
    find: 'await pruneHistory(operation, history, rules).catch((other: unknown) => operation.warn(messageOf(other)))',
    replace: 'void messageOf',
    test: `${moments}/history-refusals.test.ts`,
  },
  {
    row: 'H61',
    file: `${core}/history/history-folder.ts`,
    find: 'const advice = ',
    replace: 'const checkPlace = (..._: unknown[]): void => {}\n  const advice = ',
    test: `${moments}/history-refusals.test.ts`,
  },
  {
    row: 'H79',
    file: `${core}/snapshot/keep-history.ts`,
    find: 'if (history === undefined) return checkpoint()',
    replace: 'if (history !== null) return checkpoint()',
    test: `${moments}/history.test.ts`,
  },
  {
    row: 'H79',
    file: `${core}/history/kept-segments.ts`,
    find: 'isComplete: (found.mode & 0o200) === 0',
    replace: 'isComplete: found !== null',
    test: `${moments}/history.test.ts`,
  },
  {
    row: 'H79',
    file: `${core}/history/refuse-diverged.ts`,
    find: 'if (!(await haveSameRecords(folder, wal, last, segmentBytes))) throw',
    replace: 'if (haveSameRecords === null) throw',
    test: `${moments}/history-refusals.test.ts`,
  },
  {
    row: 'H79',
    file: `${core}/postgres/moment/open-wal.ts`,
    find: 'const live = found !== undefined && (await goesOn(found, known)) ? found : undefined',
    replace: 'const live = known === null || goesOn === null ? undefined : found',
    test: `${moments}/history-refusals.test.ts`,
  },
  {
    row: 'H79',
    file: `${core}/history/choose-snapshot.ts`,
    find: 'if (others.length > 0) throw ambiguousMoment',
    replace: 'if (others === null) throw ambiguousMoment',
    test: `${moments}/history-refusals.test.ts`,
  },
  {
    row: 'H79',
    file: `${core}/api/fork-from-snapshot.ts`,
    find: '...roomForPrepared(settings, laidOut)',
    replace: '...(roomForPrepared === null ? {} : {})',
    test: `${moments}/history-sources.test.ts`,
  },
  {
    row: 'H79',
    file: `${core}/history/collect-wal.ts`,
    find: 'await writtenSegments([...live, ...held], segmentBytes)',
    replace: 'await writtenSegments([...live, ...held.slice(0, 0)], segmentBytes)',
    test: `${moments}/history-checkpoints.test.ts`,
  },
]
