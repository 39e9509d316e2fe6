import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { execa } from 'execa'
import { findAddress } from './address.ts'
import { listStrayManifests } from './manifests.ts'
import { type PublicPackage, workspaceRoot } from './public-packages.ts'

/** Why these packages may not be published now; each completes "Refused: ". */
export async function findReleaseObstacles(packages: readonly PublicPackage[]): Promise<string[]> {
  const obstacles: string[] = []
  const versions = new Set(packages.map(({ version }) => version))
  if (versions.size > 1) obstacles.push(`the packages have several versions: ${[...versions].join(', ')}`)

  const pending = (await readdir(join(workspaceRoot, '.changeset'))).filter((name) => /(?<!README)\.md$/.test(name))
  if (pending.length > 0)
    obstacles.push(`changes are not in a CHANGELOG yet (\`npx changeset version\`): ${pending.join(', ')}`)

  for (const { name, version, directory } of packages) {
    const changelog = await readFile(join(directory, 'CHANGELOG.md'), 'utf8').catch(() => '')
    if (!changelog.includes(`\n## ${version}\n`)) obstacles.push(`the CHANGELOG of ${name} does not tell of ${version}`)
  }
  // npm takes a statement of provenance only from the repository that the package names.
  if (findAddress() === undefined)
    obstacles.push(
      'the project has no address: "repository" and "homepage" in package.json (CONTRIBUTING.md, "Before the first release")',
    )
  for (const { path } of await listStrayManifests())
    obstacles.push(`${relative(workspaceRoot, path)} has another address than the workspace (\`npm run manifests\`)`)

  const { stdout: changed } = await execa({ cwd: workspaceRoot })`git status --porcelain`
  if (changed !== '') obstacles.push('the working tree has changes that are not committed')
  // Set where a workflow has `id-token: write`.
  if (!process.env.ACTIONS_ID_TOKEN_REQUEST_URL)
    obstacles.push('provenance can be stated only by the workflow .github/workflows/release.yml')
  return obstacles
}
