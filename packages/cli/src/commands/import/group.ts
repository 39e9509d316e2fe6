import type { Command } from 'commander'
import { addImportCreate } from './create.ts'
import { addImportDestroy } from './destroy.ts'
import { addImportList } from './list.ts'
import { addImportRefresh } from './refresh.ts'

export function addImport(program: Command): Command {
  const group = program
    .command('import')
    .description(
      'The databases of a server elsewhere that gives no replication, dumped and restored here, to make forks of.',
    )
  for (const add of [addImportCreate, addImportRefresh, addImportList, addImportDestroy]) add(group)
  return group
}
