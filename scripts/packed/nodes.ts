import { join } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { installProject } from './install.ts'

/** The oldest Node that the packages name in `engines`, and the newest of each later line with long support. */
const versions = ['20.19.0', '22', '24']

export interface NodeBinary {
  readonly version: string
  readonly path: string
}

/** npm's package `node` has a package for each platform that holds nothing but its binary. */
export async function installNodes(folder: string): Promise<NodeBinary[]> {
  const name = `node-${process.platform}-${process.arch}`
  const found: NodeBinary[] = []
  for (const version of versions) {
    const project = join(folder, `node-${version}`)
    await installProject(project, [], [], { [name]: version })
    const path = join(project, 'node_modules', name, 'bin/node')
    const { stdout } = await execa`${path} --version`
    found.push({ version: stdout, path })
  }
  return found
}
