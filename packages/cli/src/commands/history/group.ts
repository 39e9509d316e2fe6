import type { Command } from 'commander'
import { addHistoryChanges } from './changes.ts'
import { addHistoryRecord } from './record.ts'
import { addHistoryRemove } from './remove.ts'
import { addHistoryShow } from './show.ts'

export function addHistory(program: Command): Command {
  const group = program.command('history').description('The history of a server, to make forks of past moments of.')
  for (const add of [addHistoryRecord, addHistoryShow, addHistoryChanges, addHistoryRemove]) add(group)
  return group
}
