import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { compile } from './compile.ts'
import { checkout, programArguments } from './program.ts'

const failOnWarning = fileURLToPath(new URL('../fail-on-warning.ts', import.meta.url))

/** Runs one of the programs to its end; any warning of Node, and any rejection that nobody handled, fails it. */
export async function runProgram(name: string, data: unknown, timeoutMs: number): Promise<string> {
  const strict = ['--throw-deprecation', '--unhandled-rejections=strict', '--import', compile(failOnWarning)]
  const { stdout } = await execa(process.execPath, programArguments(name, data, strict), {
    cwd: checkout,
    timeout: timeoutMs,
  })
  return stdout
}
