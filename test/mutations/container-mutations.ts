import type { Mutation } from './mutation.ts'

const source = 'packages/containers/src'
const tests = 'test/integration/containers'

/** Of servers in containers. */
export const containerMutations: readonly Mutation[] = [
  {
    row: 'H3',
    file: `${source}/source/data-directory.ts`,
    find: 'if (below.length > 0)',
    replace: 'if (below.length > 9)',
    test: `${tests}/refusals.test.ts`,
  },
  {
    row: 'H84',
    file: `${source}/source/data-directory.ts`,
    find: 'if (realpathSync(path) === path) return path',
    replace: 'return path',
    test: `${tests}/refusals.test.ts`,
  },
  {
    row: 'H84',
    file: `${source}/engine/check-engine.ts`,
    find: "if (!address.startsWith('unix:'))",
    replace: "if (address === '')",
    test: `${tests}/refusals.test.ts`,
    names: 'an engine at tcp',
  },
  {
    row: 'H85',
    file: `${source}/launcher/start-container.ts`,
    find: 'refuseSecondServer(dataDirectory, await findServerIn(server, runner))',
    replace: 'void [refuseSecondServer, findServerIn, runner]',
    test: `${tests}/launcher.test.ts`,
  },
  {
    row: 'H86',
    file: `${source}/launcher/run-arguments.ts`,
    find: 'place.foreignLabels.flatMap',
    replace: '([] as string[]).flatMap',
    test: `${tests}/life.test.ts`,
  },
  {
    row: 'H87',
    file: `${source}/launcher/run-arguments.ts`,
    find: 'kill -QUIT $$',
    replace: 'true',
    test: `${tests}/forks.test.ts`,
  },
  {
    row: 'H88',
    file: `${source}/launcher/run-arguments.ts`,
    find: "'--network', request.place.network",
    replace: "'--network', 'host'",
    test: `${tests}/forks.test.ts`,
  },
]
