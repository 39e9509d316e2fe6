import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))

/** `@pgfork/<name>[/<entry>]` is the package's source, so that tests need no build (as `paths` in tsconfig.json). */
const alias = [
  { find: /^@pgfork\/([^/]+)$/, replacement: `${root}packages/$1/src/index.ts` },
  { find: /^@pgfork\/([^/]+)\/(.+)$/, replacement: `${root}packages/$1/src/$2.ts` },
]

const shared = {
  setupFiles: [`${root}test/support/fail-on-warning.ts`],
  exclude: ['**/node_modules/**', '**/dist/**'],
}

export default defineConfig({
  test: {
    pool: 'forks',
    dangerouslyIgnoreUnhandledErrors: false,
    reporters: ['default', `${root}test/support/closing-line-reporter.ts`],
    projects: [
      {
        // Node 20 has no `await using`: it is lowered.
        oxc: { target: 'node20' },
        resolve: { alias },
        test: {
          ...shared,
          name: 'unit',
          include: ['packages/**/*.test.ts', 'test/**/*.unit.test.ts'],
        },
      },
      {
        oxc: { target: 'node20' },
        resolve: { alias },
        test: {
          ...shared,
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/support/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
