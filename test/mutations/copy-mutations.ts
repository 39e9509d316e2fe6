import type { Mutation } from './mutation.ts'

const core = 'packages/core/src'
const integration = 'test/integration'

/** Of copies that are kept, and of what is left of those that go (from H140 on). */
export const copyMutations: readonly Mutation[] = [
  {
    row: 'H140',
    file: `${core}/snapshot/take-snapshot.ts`,
    find: 'if (!request.isForFork) await flushSnapshot(operation, record)',
    replace: 'void flushSnapshot',
    test: `${integration}/power-cut/copies.test.ts`,
    names: 'H140: .* snapshot',
  },
  {
    row: 'H140',
    file: `${core}/snapshot/flush-snapshot.ts`,
    find: "consistency === 'backup' ? ",
    replace: "consistency === 'stopped' ? ",
    test: `${integration}/power-cut/copies.test.ts`,
    names: 'of its base backup',
  },
  {
    row: 'H140',
    file: `${core}/fork/build-fork.ts`,
    find: 'const finishing = finishClones(operation, fork).then(flush)',
    replace: 'const finishing = finishClones(operation, fork).then(() => void flush)',
    test: `${integration}/power-cut/copies.test.ts`,
    names: 'of a durable fork',
  },
  {
    row: 'H140',
    file: `${core}/fork/flush-fork.ts`,
    find: 'snapshot.source.isClean ? roots : []',
    replace: 'snapshot.source.isClean ? roots.slice(0, 0) : []',
    test: `${integration}/power-cut/copies.test.ts`,
    names: 'leaves clones flushed',
  },
  {
    row: 'H140',
    file: `${core}/fork/access.ts`,
    find: "if (fork.durability === 'durable') await flush(fork.server.dataDirectory)",
    replace: 'void flush',
    test: `${integration}/power-cut/copies.test.ts`,
    names: 'that was prepared',
  },
  {
    row: 'H140',
    file: 'packages/driver-overlay/src/clone.ts',
    find: '    noteSnapshot(clone, request.snapshot.name)\n',
    replace: '    void noteSnapshot\n',
    test: `${integration}/power-cut/copies.test.ts`,
    names: 'what it lies on',
  },
  {
    row: 'H140',
    file: `${core}/fork/start-fork.ts`,
    find: '  requireOwnSettings(fork)\n',
    replace: '  void requireOwnSettings\n',
    test: `${integration}/persist/persist.test.ts`,
  },
  {
    row: 'H140',
    file: 'packages/driver-overlay/src/overlay-driver.ts',
    find: "      leaves: 'unflushed',\n",
    replace: '',
    test: `${integration}/power-cut/templates.test.ts`,
  },
  {
    row: 'H141',
    file: `${core}/snapshot/remove-snapshot.ts`,
    find: 'if (current !== undefined) await refuseNeeded(operation, current)',
    replace: 'void refuseNeeded',
    test: `${integration}/drivers/overlay.test.ts`,
  },
  {
    row: 'H141',
    file: `${core}/snapshot/remove-snapshot.ts`,
    find: 'if (isWhole && removed !== undefined) ',
    replace: 'if (!isWhole && removed !== undefined) ',
    test: `${integration}/drivers/overlay.test.ts`,
  },
  {
    row: 'H142',
    file: 'packages/driver-overlay/src/remove.ts',
    find: "if (!isVolatile || !isPgforkError(named, 'BUSY')) throw named",
    replace: 'throw named',
    test: `${integration}/drivers/overlay.test.ts`,
  },
  {
    row: 'H143',
    file: `${core}/records/claim-numbers.ts`,
    find: 'Math.max(above, ...inherited)',
    replace: 'Math.max(above, ...inherited.slice(inherited.length))',
    test: `${integration}/timelines/timelines.test.ts`,
  },
  {
    row: 'H144',
    file: `${core}/upkeep/garbage/find-empty-records.ts`,
    find: 'await removeLostCopies(operation, name)',
    replace: 'void removeLostCopies',
    test: `${integration}/collect-garbage/lost-records.test.ts`,
  },
  {
    row: 'H144',
    file: `${core}/records/find-unrecorded.ts`,
    find: 'parseCopyName(name)?.group ?? ',
    replace: '',
    test: `${integration}/collect-garbage/lost-records.test.ts`,
  },
]
