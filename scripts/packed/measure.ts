import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { NodeBinary } from './nodes.ts'

/** All files below the folder, as `du --apparent-size` counts them. */
export async function measureSize(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await lstat(join(entry.parentPath, entry.name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** Milliseconds that an import takes in a process that has imported nothing yet: the median of 5. */
export async function measureImport(project: string, node: NodeBinary, specifier: string): Promise<number> {
  const script = `
    const startedAt = performance.now()
    await import(${JSON.stringify(specifier)})
    console.log(performance.now() - startedAt)
    process.exit()`
  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    const { stdout } = await execa({ cwd: project })`${node.path} --input-type=module --eval ${script}`
    times.push(Number(stdout))
  }
  return times.sort((one, other) => one - other)[2] ?? Number.NaN
}
