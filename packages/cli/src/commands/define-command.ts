import process from 'node:process'
import { type Argument, type Command, Option } from 'commander'
import { type CommonOptions, type Context, openContext } from '../context/context.ts'
import { recordOutcome } from '../metrics/outcomes.ts'
import { statusOf, statusOfSignal } from '../output/exit-status.ts'
import { printError, printReport, type Report } from '../output/report.ts'
import { signalNumber } from '../output/signal-number.ts'
import { nothingDone } from './each-name.ts'

/** What the command line says. */
interface Request<Options> {
  readonly args: readonly string[]
  readonly options: Options & CommonOptions
}

export interface CommandDefinition<Options> {
  /** Name and arguments, as commander takes them: `show <name>`. */
  readonly usage: string
  /** Its name may be left out after its group's. */
  readonly isDefault?: boolean
  /** Those that `usage` can't tell. */
  readonly arguments?: readonly Argument[]
  readonly summary: string
  /** Command lines. */
  readonly examples: readonly string[]
  readonly options?: readonly Option[]
  /** Standard output belongs to a program that it runs: then what `--json` brings goes to standard error. */
  readonly ownsOutput?: boolean
  /** Of failures of its own. Default: by their codes. */
  readonly failureStatus?: number
  /** It changes something: when it last succeeded and failed is kept for `list --prometheus`. */
  readonly changes?: boolean
  /** Without it there is no `--yes`. */
  readonly asks?: boolean
  run(context: Context, request: Request<Options>): Promise<Report>
}

const commonOptions = () => [
  new Option('--json', 'one JSON document on standard output, errors included'),
  new Option('-q, --quiet', 'no progress'),
  new Option('--state-directory <path>', 'where records are kept (also PGFORK_STATE_DIRECTORY)'),
  new Option('--config <file>', 'the configuration (also PGFORK_CONFIG); else pgfork.config.ts or .json found upwards'),
  new Option('--no-config', 'no configuration file'),
]

export function defineCommand<Options>(parent: Command, definition: CommandDefinition<Options>): Command {
  const { usage, summary, examples, options = [], asks = false, ownsOutput = false, isDefault = false } = definition
  const command = parent.command(usage, { isDefault }).description(summary)
  for (const argument of definition.arguments ?? []) command.addArgument(argument)
  for (const option of [...options, ...(asks ? [yes()] : []), ...commonOptions()]) command.addOption(option)
  command.addHelpText('after', ['', 'Examples:', ...examples.map((line) => `  $ ${line}`)].join('\n'))
  command.action(async () => {
    const given = command.opts<Options & CommonOptions>()
    const isJson = given.json === true
    try {
      process.exitCode = await perform(definition, nameOf(command), {
        args: command.processedArgs.flat(),
        options: given,
      })
    } catch (error) {
      printError(error, isJson, ownsOutput ? 'error' : 'out')
      process.exitCode = definition.failureStatus ?? statusOf(error)
    }
  })
  return command
}

const yes = () => new Option('-y, --yes', 'does not ask')

/** Nothing was to be changed, or nobody wanted it. */
const isRehearsal = (report: Report, options: CommonOptions & { readonly dryRun?: boolean }): boolean =>
  options.dryRun === true || report === nothingDone

/** With those that it stands below: `snapshot create`. */
function nameOf(command: Command): string {
  const above = command.parent?.parent == null ? '' : `${nameOf(command.parent)} `
  return `${above}${command.name()}`
}

async function perform<Options>(
  { run, ownsOutput = false, changes = false }: CommandDefinition<Options>,
  name: string,
  request: Request<Options>,
): Promise<number> {
  const context = await openContext(request.options)
  const { interruption, operation, progress, isJson } = context
  try {
    const report = await run(context, request)
    progress.end()
    if (changes && !isRehearsal(report, request.options))
      await recordOutcome(name, operation.stateDirectory, {
        isSuccess: (report.status ?? 0) === 0,
        ...(report.failure === undefined ? {} : { failure: report.failure }),
      })
    printReport(report, isJson, ownsOutput ? 'error' : 'out')
    // What was left to do then failed for that reason.
    return report.status && interruption.name ? statusOfSignal(signalNumber(interruption.name)) : (report.status ?? 0)
  } catch (error) {
    progress.end()
    if (changes) await recordOutcome(name, operation.stateDirectory, { isSuccess: false, error })
    if (interruption.name === undefined) throw error
    printError(error, isJson, ownsOutput ? 'error' : 'out')
    return statusOfSignal(signalNumber(interruption.name))
  } finally {
    progress.end()
    interruption.release()
  }
}
