import type { Command } from 'commander'
import { addStandbyCreate } from './create.ts'
import { addStandbyDestroy } from './destroy.ts'
import { addStandbyList } from './list.ts'
import { addStandbyReseed } from './reseed.ts'
import { addStandbyStart } from './start.ts'
import { addStandbyStatus } from './status.ts'
import { addStandbyStop } from './stop.ts'
import { addStandbyUnit } from './unit.ts'

export function addStandby(program: Command): Command {
  const group = program
    .command('standby')
    .description('A streaming standby, here, of a server elsewhere, to make forks of.')
  for (const add of [addStandbyCreate, addStandbyList, addStandbyStatus, addStandbyStart, addStandbyStop]) add(group)
  for (const add of [addStandbyReseed, addStandbyDestroy, addStandbyUnit]) add(group)
  return group
}
