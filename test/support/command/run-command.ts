import process from 'node:process'
import { execa } from 'execa'

export interface CommandOutcome {
  readonly status: number | undefined
  readonly signal: string | undefined
  readonly stdout: string
  readonly stderr: string
  /** Of standard output. */
  json<Document = Record<string, unknown>>(): Document
}

interface RunCommandOptions {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
}

export type RunCommand = (args: readonly string[], options?: RunCommandOptions) => Promise<CommandOutcome>

/** Far longer than any command takes. */
const limitMs = 240_000

/** Runs the command in a pipe, as a script does; a warning of Node's about itself fails it. */
export const runCommandOf =
  (path: string, environment: Readonly<Record<string, string>>, folder: string): RunCommand =>
  async (args, { cwd = folder, environment: more = {} } = {}) => {
    const { exitCode, signal, stdout, stderr } = await execa(process.execPath, ['--throw-deprecation', path, ...args], {
      ...{ cwd, env: { ...environment, ...more }, reject: false, timeout: limitMs, stdin: 'ignore' },
    })
    return { status: exitCode, signal, stdout, stderr, json: () => JSON.parse(stdout) }
  }
