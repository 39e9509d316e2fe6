/**
 * Publishes every public package: builds them, checks the tarballs, and uploads the very files that were checked, each
 * with npm's statement of provenance. `npm run release -- --dry-run` does all but the upload, and says what stands in its way.
 */
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { checkPackedPackages } from './check-packed-packages.ts'
import { type PackedPackage, withPackedPackages } from './pack-packages.ts'
import { workspaceRoot } from './public-packages.ts'
import { findReleaseObstacles } from './release-obstacles.ts'

const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })
const isDryRun = values['dry-run']

const run = execa({ cwd: workspaceRoot, preferLocal: true, stdio: 'inherit', verbose: 'short' })

await run`npm run build`
await withPackedPackages(async (packages, directory) => {
  await checkPackedPackages(packages, directory)

  console.log('\nIn this order:')
  for (const { name, version, sizeBytes, files, integrity } of packages)
    console.log(`  ${name}@${version}: ${Math.ceil(sizeBytes / 1000)} kB, ${files.length} files, ${integrity}`)

  const obstacles = await findReleaseObstacles(packages)
  for (const obstacle of obstacles) console.log(`${isDryRun ? 'Would be refused' : 'Refused'}: ${obstacle}.`)
  if (isDryRun) console.log('Nothing was published: --dry-run.')
  else if (obstacles.length > 0) process.exitCode = 1
  else for (const entry of packages) await publish(entry)
})

/** A release that broke off is taken up where it ended: a version can be published only once. */
async function publish({ name, version, tarball }: PackedPackage): Promise<void> {
  if (await isPublished(name, version)) console.log(`${name}@${version} is published already`)
  else await run`npm publish ${tarball} --provenance --access public`
}

async function isPublished(name: string, version: string): Promise<boolean> {
  const { exitCode, stdout, stderr } = await execa({ reject: false })`npm view ${name}@${version} version`
  // npm reports a missing package as an error, and of a missing version it says nothing.
  if (exitCode !== 0 && !stderr.includes('E404')) throw new Error(`npm view ${name} failed: ${stderr}`)
  return exitCode === 0 && stdout.trim() === version
}
