import process from 'node:process'
import { execa } from 'execa'
import { checkout, programArguments } from './program.ts'

/** Runs one of the programs to its end; any warning of Node, and any rejection that nobody handled, fails it. */
export async function runProgram(name: string, data: unknown, timeoutMs: number): Promise<string> {
  const { stdout } = await execa(process.execPath, programArguments(name, data, strictOptions), {
    cwd: checkout,
    timeout: timeoutMs,
  })
  return stdout
}

const strictOptions = [
  '--throw-deprecation',
  '--unhandled-rejections=strict',
  '--import',
  './test/support/fail-on-warning.ts',
]
