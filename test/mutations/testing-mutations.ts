import type { Mutation } from './mutation.ts'

const source = 'packages/testing/src'
const tests = 'test/integration/testing'

/** Of the templates and servers of tests. */
export const testingMutations: readonly Mutation[] = [
  {
    row: 'H150',
    file: `${source}/template/dynamic-memory.ts`,
    find: 'blocks * bsize < enoughBytes',
    replace: 'blocks * bsize < 0',
    test: `${tests}/small-memory.test.ts`,
  },
  {
    row: 'H80',
    file: `${source}/server/open-client.ts`,
    find: ', stream: () => new OwnedSocket({ uid, gid })',
    replace: ', ...(OwnedSocket && uid && gid && {})',
    test: `${source}/server/open-client.test.ts`,
  },
  {
    row: 'H113',
    file: `${source}/template/create-template.ts`,
    find: ', stateDirectory: state.path }',
    replace: ' }',
    test: `${tests}/template.test.ts`,
  },
  {
    row: 'H129',
    file: `${source}/template/build-template.ts`,
    find: 'if (!(await isCurrent())) return undefined',
    replace: 'void isCurrent',
    test: `${tests}/template.test.ts`,
  },
  {
    row: 'H129',
    file: `${source}/template/cached-template.ts`,
    find: ' && (await hasFiles(snapshot, options))',
    replace: ' && hasFiles',
    test: `${tests}/template.test.ts`,
  },
  {
    row: 'H129',
    file: `${source}/binaries/identify-system.ts`,
    find: 'names.filter((name) => sortsTexts.test(name))',
    replace: 'names.filter((name) => sortsTexts.test(name) && false)',
    test: `${source}/binaries/identify-system.test.ts`,
  },
  {
    row: 'H130',
    file: `${source}/template/run-setup.ts`,
    find: 'await refuseUnfinished(client, request)',
    replace: 'void refuseUnfinished',
    test: `${tests}/template.test.ts`,
  },
  {
    row: 'H131',
    file: `${source}/fixtures/shared-database.ts`,
    find: 'if (failed && this.#resets) await this.close(name)',
    replace: '',
    test: `${source}/fixtures/shared-database.test.ts`,
  },
  {
    row: 'H131',
    file: `${source}/fixtures/shared-database.ts`,
    find: 'if (this.#resets && this.#isRunning()) throw together()',
    replace: 'void together',
    test: `${source}/fixtures/shared-database.test.ts`,
  },
  {
    row: 'H132',
    file: `${source}/clock.ts`,
    find: 'Math.abs(Date.now() - now()) > toleranceMs',
    replace: 'toleranceMs < 0',
    test: `${tests}/template.test.ts`,
  },
  {
    row: 'H132',
    file: `${source}/pool/waiting-callers.ts`,
    find: 'const timer = setTimer(',
    replace: 'const timer = setTimeout(',
    test: `${source}/pool/warm-pool.test.ts`,
  },
  {
    row: 'H133',
    file: `${source}/template/base-cluster.ts`,
    find: 'await removeLeft(directory, prefix, withoutSignal(options))',
    replace: 'void removeLeft',
    test: `${tests}/template.test.ts`,
  },
  {
    row: 'H133',
    file: `${source}/template/prune-templates.ts`,
    find: '  await removeUnfinished(state, session)\n',
    replace: '  void removeUnfinished\n',
    test: `${tests}/template.test.ts`,
  },
  {
    row: 'H133',
    file: 'packages/driver-overlay/src/try-mount.ts',
    find: ', ...(await findOldProbes(folder, probePrefix))]',
    replace: ', ...(findOldProbes && [])]',
    test: 'packages/driver-overlay/src/mounts.test.ts',
  },
]
