import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const root = fileURLToPath(new URL('../../../', import.meta.url))

export const programPath = (name: string): string => fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url))

/** Runs one of the programs to its end; any warning of Node, and any rejection that nobody handled, fails it. */
export async function runProgram(name: string, data: unknown, timeoutMs: number): Promise<string> {
  const { stdout } = await execa(
    process.execPath,
    ['--import', 'tsx', ...strictArguments, programPath(name), JSON.stringify(data)],
    { cwd: root, timeout: timeoutMs },
  )
  return stdout
}

const strictArguments = [
  '--throw-deprecation',
  '--unhandled-rejections=strict',
  '--import',
  './test/support/fail-on-warning.ts',
]
