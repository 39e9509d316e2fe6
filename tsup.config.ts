import { defineConfig } from 'tsup'

/** How every public package is built; each packages/<name>/tsup.config.ts re-exports it. */
export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  clean: true,
  // `node:test` has no other name, and a bundler may take `timers/promises` for a file.
  removeNodeProtocol: false,
  // tsup 8 hands a `baseUrl` to the compiler, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
})
