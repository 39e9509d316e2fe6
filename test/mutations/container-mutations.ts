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
    row: 'H85',
    file: `${source}/launcher/start-container.ts`,
    find: 'if (killed !== undefined) await endOrphans(',
    replace: 'if (killed?.pid === 0) await endOrphans(',
    test: `${tests}/strangers.test.ts`,
    names: 'what a killed server',
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
    row: 'H84',
    file: `${source}/launcher/stop-container.ts`,
    find: 'await findLocalAddress(engineAt(runner), process.env)',
    replace: "(findLocalAddress, process.env.DOCKER_HOST ?? '')",
    test: `${tests}/strangers.test.ts`,
    names: 'engine of another machine',
  },
  {
    row: 'H84',
    file: 'packages/core/src/postgres/source/inspect-source.ts',
    find: 'if (owner.uid !== checked.owner.uid)',
    replace: 'if (owner.uid < 0)',
    test: `${tests}/strangers.test.ts`,
    names: 'owner is exchanged',
  },
  {
    row: 'H86',
    file: `${source}/launcher/own-containers.ts`,
    find: 'filter((one) => hasMounted(one, dataDirectory))',
    replace: 'filter((one) => hasMounted(one, dataDirectory) || true)',
    test: `${tests}/strangers.test.ts`,
    names: 'image that was made of a fork',
  },
  {
    row: 'H87',
    file: `${source}/launcher/run-arguments.ts`,
    find: 'exec 4<> "$3"',
    replace: ':',
    test: `${tests}/strangers.test.ts`,
    names: 'before its container has begun',
  },
  {
    row: 'H88',
    file: `${source}/engine/engine.ts`,
    find: ", DOCKER_CONFIG: '/nonexistent'",
    replace: ', DOCKER_CONFIG: process.env.DOCKER_CONFIG',
    test: `${tests}/strangers.test.ts`,
    names: "user's docker puts",
  },
  {
    row: 'H88',
    file: `${source}/launcher/run-arguments.ts`,
    find: "'--network', request.place.network",
    replace: "'--network', 'host'",
    test: `${tests}/forks.test.ts`,
  },
]
