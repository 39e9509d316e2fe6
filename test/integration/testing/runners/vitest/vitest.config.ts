import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Node 20 has no `await using`: it is lowered.
  oxc: { target: 'node20' },
  resolve: {
    alias: [
      { find: /^@pgfork\/([^/]+)$/, replacement: `${root}packages/$1/src/index.ts` },
      { find: /^@pgfork\/([^/]+)\/(.+)$/, replacement: `${root}packages/$1/src/$2.ts` },
    ],
  },
  test: {
    include: ['*.spec.ts'],
    setupFiles: [`${root}test/support/fail-on-warning.ts`],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    reporters: ['json', 'default'],
    outputFile: process.env.RUNNERS_RESULT as string,
  },
})
