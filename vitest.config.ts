import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { atLength } from './test/at-length.ts'
import { byExtent } from './test/support/extent.ts'

const root = fileURLToPath(new URL('.', import.meta.url))

/** `@pgfork/<name>[/<entry>]` is the package's source, so that tests need no build (as `paths` in tsconfig.json). */
const alias = [
  { find: /^@pgfork\/([^/]+)$/, replacement: `${root}packages/$1/src/index.ts` },
  { find: /^@pgfork\/([^/]+)\/(.+)$/, replacement: `${root}packages/$1/src/$2.ts` },
]

/** These need storage that only the lab's guests have, one of which `npm test` boots for each (test/lab/README.md). */
const guestDrivers = ['lvm', 'zfs']
const isGuest = process.env.PGFORK_LAB_GUEST !== undefined
/** Here its clones are files of a process; in a guest they are devices of the kernel, too. */
const alsoInGuest = 'rbd'
const drivers = (process.env.DRIVERS ?? guestDrivers.join(','))
  .split(',')
  .filter((name) => [...guestDrivers, alsoInGuest].includes(name))

/** Of a test or hook: no measure of anything, but the end of what hangs, on a machine however busy. */
const timeouts = (minutes: number) => ({ testTimeout: minutes * 60_000, hookTimeout: minutes * 60_000 })

/** A process that is to hang has a file system open, which ends mkfs.btrfs on all of the machine: these run when all others have ended. */
const alone = ['hosts', 'refusals', 'removals', 'two-hosts'].map((name) => `test/integration/ceph-rbd/${name}.test.ts`)

/** More than there are CPUs: the tests wait for disks and for servers most of the time. */
const maxWorkers = 4

const shared = {
  setupFiles: [`${root}test/support/fail-on-warning.ts`, `${root}test/support/remove-programs.ts`],
  exclude: ['**/node_modules/**', '**/dist/**'],
}

export default defineConfig({
  test: {
    pool: 'forks',
    dangerouslyIgnoreUnhandledErrors: false,
    // Test by test in a guest, which may be killed in the middle of a file.
    reporters: [isGuest ? 'verbose' : 'default', `${root}test/support/closing-line-reporter.ts`],
    projects: [
      {
        // Node 20 has no `await using`: it is lowered.
        oxc: { target: 'node20' },
        resolve: { alias },
        test: {
          ...shared,
          name: 'unit',
          include: ['packages/**/*.test.ts', 'test/**/*.unit.test.ts'],
          exclude: [...shared.exclude, 'packages/driver-*/**'],
          maxWorkers,
          // Loading the modules anew for each file took longer than the tests.
          isolate: false,
          ...timeouts(1),
        },
      },
      {
        // On real storage of this machine.
        oxc: { target: 'node20' },
        resolve: { alias },
        test: {
          ...shared,
          name: 'drivers',
          include: ['packages/driver-*/**/*.test.ts'],
          exclude: [...shared.exclude, ...guestDrivers.map((name) => `packages/driver-${name}/**`)],
          ...timeouts(5),
          maxWorkers,
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      ...(isGuest ? [guestProject()] : []),
      {
        oxc: { target: 'node20' },
        resolve: { alias },
        test: {
          ...shared,
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/support/**/*.test.ts'],
          exclude: [...shared.exclude, ...alone, ...byExtent(atLength, [])],
          ...timeouts(5),
          maxWorkers,
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        oxc: { target: 'node20' },
        resolve: { alias },
        test: {
          ...shared,
          name: 'alone',
          include: alone,
          exclude: [...shared.exclude, ...byExtent(atLength, [])],
          ...timeouts(5),
          maxWorkers: 1,
          isolate: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})

/** Guests are slow: all but the drivers' contract and the scenarios, which are shorter themselves, is left to the full extent. */
function guestProject() {
  const ofDriver = (name: string): string => (name === alsoInGuest ? 'conformance' : byExtent('conformance', '*'))
  const ofStorage: Readonly<Record<string, string>> = {
    ...byExtent({ lvm: 'ext4', zfs: 'datasets' }, { lvm: '*', zfs: '*' }),
    [alsoInGuest]: '*',
  }
  return {
    oxc: { target: 'node20' as const },
    resolve: { alias },
    test: {
      ...shared,
      name: 'guest',
      include: drivers.flatMap((name) => [
        `packages/driver-${name}/src/${ofDriver(name)}.test.ts`,
        `test/guest/${name}-${ofStorage[name]}.test.ts`,
      ]),
      ...timeouts(10),
      maxWorkers: 1,
      fileParallelism: false,
      // A guest starts processes slowly: one for all files, one after another.
      isolate: false,
    },
  }
}
