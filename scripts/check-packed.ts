/**
 * Uses the packages as they were built last and would be published: in an empty project, from TypeScript, ESM and `require`,
 * on every line of Node that they support. Watches what they weigh, and tells how long an import takes.
 */
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { withPackedPackages } from './pack-packages.ts'
import { installProject } from './packed/install.ts'
import { measureImport, measureSize } from './packed/measure.ts'
import { installNodes } from './packed/nodes.ts'
import { runPrograms, writePrograms } from './packed/use-packages.ts'

/** What `npm install` of these may put on a disk, in MB, their dependencies included: about one and a half times of today. */
const sizeLimits = [
  { names: ['@pgfork/core', '@pgfork/driver-btrfs'], limitMb: 18 },
  { names: ['pgfork'], limitMb: 22 },
] as const

const toMb = (bytes: number) => (bytes / 1e6).toFixed(1)

await withPackedPackages(async (packages, directory) => {
  for (const [index, { names, limitMb }] of sizeLimits.entries()) {
    const project = join(directory, `size-${index}`)
    await installProject(project, packages, names)
    const bytes = await measureSize(join(project, 'node_modules'))
    console.log(`${names.join(' and ')}: ${toMb(bytes)} MB installed, of at most ${limitMb} MB`)
    if (bytes > limitMb * 1e6) throw new Error(`${names.join(' and ')} became too big: see its node_modules`)
  }

  const project = join(directory, 'project')
  const { vitest, '@types/node': nodeTypes } = manifest.devDependencies
  const all = packages.map(({ name }) => name)
  await installProject(project, packages, all, { vitest, '@types/node': nodeTypes })
  await writePrograms(project)
  const doors = packages.flatMap((entry) => entry.doors.map(({ specifier }) => specifier))
  for (const node of await installNodes(directory)) {
    await runPrograms(project, node, doors)
    const times: string[] = []
    for (const door of ['@pgfork/core', '@pgfork/testing', 'pgfork'])
      times.push(`${door} ${Math.round(await measureImport(project, node, door))} ms`)
    console.log(`Node ${node.version}: TypeScript, ESM and require work; import takes ${times.join(', ')}`)
  }
})
