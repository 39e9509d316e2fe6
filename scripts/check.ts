import { execa } from 'execa'
import { checkLockfile } from './check-lockfile.ts'
import { checkPackedPackages } from './check-packed-packages.ts'
import { checkReturns } from './check-returns.ts'
import { checkManifests } from './manifests.ts'
import { withPackedPackages } from './pack-packages.ts'
import { workspaceRoot } from './public-packages.ts'

const run = execa({ cwd: workspaceRoot, preferLocal: true, stdio: 'inherit' })

/** What `npm run check` runs, in this order; a step that fails does not hide the later ones, except a failed build. */
const steps: ReadonlyArray<readonly [name: string, step: () => Promise<unknown>]> = [
  ['lockfile', checkLockfile],
  ['manifests', checkManifests],
  ['types', () => run`tsc --noEmit`],
  ['returns', checkReturns],
  ['lint', () => run`biome check .`],
  ['floors', () => run`npm run --silent floors`],
  ['knip', () => run`knip`],
  ['build', () => run`npm run build`],
  ['packed packages', () => withPackedPackages(checkPackedPackages)],
]

const failed: string[] = []
for (const [name, step] of steps) {
  console.log(`\n== ${name}`)
  const startedAt = performance.now()
  try {
    await step()
    console.log(`== ${name}: ok (${Math.round(performance.now() - startedAt)} ms)`)
  } catch (error) {
    failed.push(name)
    console.error(error instanceof Error ? error.message : error)
    console.error(`== ${name}: FAILED`)
    if (name === 'build') break
  }
}
console.log(failed.length === 0 ? '\ncheck passed' : `\ncheck failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
