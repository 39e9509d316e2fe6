import { findMissingPlatformBuilds, readLockfile } from './lockfile.ts'

/** Throws when `npm ci` would fail elsewhere: a private registry's address, or builds for other platforms left out. */
export async function checkLockfile(): Promise<void> {
  const lockfile = await readLockfile()
  const foreign = Object.entries(lockfile.packages)
    .filter(([, entry]) => entry.resolved && !entry.link && !entry.resolved.startsWith('https://registry.npmjs.org/'))
    .map(([path, entry]) => `${path}: ${entry.resolved}`)
  if (foreign.length > 0) throw new Error(`package-lock.json holds foreign addresses:\n${foreign.join('\n')}`)

  const missing = findMissingPlatformBuilds(lockfile).map(({ name }) => name)
  if (missing.length > 0) {
    throw new Error(
      `package-lock.json lacks builds for other platforms; run \`npm run lockfile\`:\n${missing.join('\n')}`,
    )
  }
}
