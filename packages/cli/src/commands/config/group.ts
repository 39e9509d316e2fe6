import type { Command } from 'commander'
import { addConfigGit } from './git.ts'
import { addConfigSchedule } from './schedule.ts'
import { addConfigShow } from './show.ts'

/** Without a word behind it, `config` shows the configuration. */
export function addConfig(program: Command): Command {
  const group = addConfigShow(program).enablePositionalOptions()
  for (const add of [addConfigGit, addConfigSchedule]) add(group)
  return group
}
