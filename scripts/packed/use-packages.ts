import { cp, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { workspaceRoot } from '../public-packages.ts'
import type { NodeBinary } from './nodes.ts'

const programs = ['esm.mjs', 'commonjs.cjs', 'typescript.mjs']

/** As in the manual of TypeScript for Node, and without `skipLibCheck`: our types must hold by themselves. */
const compilerOptions = {
  ...{ module: 'nodenext', target: 'es2022', lib: ['es2023', 'esnext.disposable'], types: ['node'] },
  ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
}

/** Puts the programs of a user into the project, the one in TypeScript compiled. */
export async function writePrograms(project: string): Promise<void> {
  await cp(join(import.meta.dirname, 'programs'), project, { recursive: true })
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typescript.mts'] }))
  await execa({ cwd: workspaceRoot, preferLocal: true })`tsc --project ${project}`
}

/** Runs each program, and the command. Whatever they write on standard error, a warning of Node's for one, is a failure. */
export async function runPrograms(project: string, node: NodeBinary, doors: readonly string[]): Promise<void> {
  const stateDirectory = await mkdtemp(join(project, 'state-'))
  const command = join(project, 'node_modules/pgfork/dist/cli.js')
  const calls = [
    ...programs.map((program) => [program, stateDirectory, ...doors]),
    [command, 'list', '--json', '--state-directory', stateDirectory],
  ]
  for (const call of calls) {
    const { stderr } = await execa({ cwd: project, timeout: 300_000 })`${node.path} ${call}`
    if (stderr !== '') throw new Error(`${call[0]} wrote with Node ${node.version}:\n${stderr}`)
  }
}
