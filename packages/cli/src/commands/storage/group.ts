import type { Command } from 'commander'
import { addStorageGrow } from './grow.ts'
import { addStorageInit } from './init.ts'
import { addStorageRemove } from './remove.ts'
import { addStorageStatus } from './status.ts'

export function addStorage(program: Command): Command {
  const group = program.command('storage').description('Copy-on-write storage on any Linux machine: a Btrfs in a file.')
  for (const add of [addStorageInit, addStorageStatus, addStorageGrow, addStorageRemove]) add(group)
  return group
}
