import { defineConfig } from 'vitest/config'

// The first test makes the template, and a busy machine takes its time.
export default defineConfig({ test: { include: ['*.test.js'], testTimeout: 30_000 } })
