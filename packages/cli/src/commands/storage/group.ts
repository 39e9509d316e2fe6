import type { Command } from 'commander'
import { addStorageInit } from './init.ts'
import { addStorageRemove } from './remove.ts'
import { addStorageStatus } from './status.ts'

export function addStorage(program: Command): Command {
  const group = program.command('storage').description('Copy-on-write storage on any Linux machine: a Btrfs in a file.')
  for (const add of [addStorageInit, addStorageStatus, addStorageRemove]) add(group)
  return group
}
