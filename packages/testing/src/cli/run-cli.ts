import { parseArgs } from 'node:util'
import { collectGarbage, type OperationOptions } from '@pgfork/core'
import { printable } from '@pgfork/core/companion'
import { listKept, removeKept } from '../kept/kept-servers.ts'
import { pruneTemplates } from '../template/prune-templates.ts'

const usage = `pgfork-testing list                 lists the servers that were kept, such as those of failed tests
pgfork-testing remove NAME ...      removes them
pgfork-testing remove --all
pgfork-testing clean                removes what killed processes left, and templates that are no longer used
pgfork-testing clean --all          and all other templates

--state-directory PATH              where pgfork keeps its records, unless in the default place`

const printLine = (line: string): void => console.log(printable(line))

/** The command line. @returns the exit status */
export async function runCli(args: readonly string[], print: (line: string) => void = printLine): Promise<number> {
  const parsed = parse(args)
  if (parsed instanceof Error) {
    print(`${parsed.message}\n\n${usage}`)
    return 2
  }
  const { values, positionals } = parsed
  const [command, ...names] = positionals
  const stateDirectory = values['state-directory']
  const options: OperationOptions = stateDirectory === undefined ? {} : { stateDirectory }
  if (values.help) print(usage)
  else if (command === 'list') await list(options, print)
  else if (command === 'remove' && (names.length > 0 || values.all)) return remove(names, options, print)
  else if (command === 'clean') await clean(options, values.all === true, print)
  else {
    print(usage)
    return 2
  }
  return 0
}

/** @returns what is wrong with them, if anything is */
function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'state-directory': { type: 'string' },
        all: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    return error as Error
  }
}

async function list(options: OperationOptions, print: (line: string) => void): Promise<void> {
  const kept = await listKept(options)
  if (kept.length === 0) print('No server is kept.')
  for (const { name, keptAt, test, connectionString } of kept)
    print(`${name}  ${keptAt}${test === undefined ? '' : `  "${test}"`}\n  psql '${connectionString}'`)
}

async function remove(
  names: readonly string[],
  options: OperationOptions,
  print: (line: string) => void,
): Promise<number> {
  const chosen = names.length > 0 ? names : (await listKept(options)).map(({ name }) => name)
  let status = 0
  for (const name of chosen) {
    const isFound = await removeKept(name, options)
    print(isFound ? `Removed ${name}.` : `No server named ${name} was kept.`)
    if (!isFound) status = 1
  }
  return status
}

async function clean(options: OperationOptions, all: boolean, print: (line: string) => void): Promise<void> {
  for (const { kind, name, reason, isRemoved, failure } of await collectGarbage(options))
    print(`${kind} ${name}: ${reason}${isRemoved ? ', removed' : `, not removed: ${String(failure)}`}`)
  for (const name of await pruneTemplates({ ...options, all })) print(`template ${name}: removed`)
}
