import process from 'node:process'
import { CommanderError } from 'commander'
import { buildProgram } from './commands/program.ts'
import { exitStatus, statusOf } from './output/exit-status.ts'
import { printError } from './output/report.ts'
import { usageError } from './output/usage-error.ts'

/** @returns the exit status */
export async function main(args: readonly string[]): Promise<number> {
  const isJson = asksForJson(args)
  const program = buildProgram({ isJson })
  try {
    await program.parseAsync(args[0] === '--stdio' ? ['stdio', ...args.slice(1)] : [...args], { from: 'user' })
    return Number(process.exitCode ?? exitStatus.done)
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      printError(error, isJson)
      return statusOf(error)
    }
    if (error.exitCode === 0) return exitStatus.done
    if (isJson) printError(usageError(describe(error)), isJson)
    return exitStatus.usage
  }
}

/** Where only help was to be shown, commander's message is a word of its own. */
const describe = ({ code, message }: CommanderError): string =>
  code === 'commander.help' ? 'There is no such command. pgfork --help lists them.' : message.replace(/^error: /, '')

/** Before the command line has been understood: an error of it is told as JSON, too. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? args.length : end).includes('--json')
}
