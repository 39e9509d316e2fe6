import type { Command } from 'commander'
import { addSnapshotCreate } from './create.ts'
import { addSnapshotDestroy } from './destroy.ts'
import { addSnapshotList } from './list.ts'
import { addSnapshotProtect } from './protect.ts'
import { addSnapshotPrune } from './prune.ts'

export function addSnapshot(program: Command): Command {
  const group = program.command('snapshot').description('Snapshots, to make any number of forks of.')
  for (const add of [addSnapshotCreate, addSnapshotList, addSnapshotProtect, addSnapshotDestroy, addSnapshotPrune])
    add(group)
  return group
}
