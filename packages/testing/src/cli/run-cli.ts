import { parseArgs } from 'node:util'
import { collectGarbage, type OperationOptions } from '@pgfork/core'
import { listKept, removeKept } from '../kept/kept-servers.ts'
import { pruneTemplates } from '../template/prune-templates.ts'

const usage = `pgfork-testing list                 servers that failed tests left
pgfork-testing remove NAME ...      removes them
pgfork-testing remove --all
pgfork-testing clean                removes what killed processes left, and templates that nobody uses
pgfork-testing clean --all          and all other templates

--state-directory PATH              where pgfork keeps its records, when it isn't the default`

/** The command line. @returns the exit status */
export async function runCli(args: readonly string[], print: (line: string) => void = console.log): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { 'state-directory': { type: 'string' }, all: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  const [command, ...names] = positionals
  const stateDirectory = values['state-directory']
  const options: OperationOptions = stateDirectory === undefined ? {} : { stateDirectory }
  if (command === 'list') await list(options, print)
  else if (command === 'remove' && (names.length > 0 || values.all)) await remove(names, options, print)
  else if (command === 'clean') await clean(options, values.all === true, print)
  else {
    print(usage)
    return values.help ? 0 : 2
  }
  return 0
}

async function list(options: OperationOptions, print: (line: string) => void): Promise<void> {
  const kept = await listKept(options)
  if (kept.length === 0) print('No server is kept.')
  for (const { name, keptAt, test, connectionString } of kept)
    print(`${name}  ${keptAt}  "${test}"\n  psql '${connectionString}'`)
}

async function remove(
  names: readonly string[],
  options: OperationOptions,
  print: (line: string) => void,
): Promise<void> {
  const chosen = names.length > 0 ? names : (await listKept(options)).map(({ name }) => name)
  for (const name of chosen) {
    await removeKept(name, options)
    print(`${name} is removed.`)
  }
}

async function clean(options: OperationOptions, all: boolean, print: (line: string) => void): Promise<void> {
  for (const { kind, name, reason, isRemoved, failure } of await collectGarbage(options))
    print(`${kind} ${name}: ${reason}${isRemoved ? ', removed' : `, not removed: ${String(failure)}`}`)
  for (const name of await pruneTemplates({ ...options, all })) print(`template ${name}: removed`)
}
