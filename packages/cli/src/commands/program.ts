import { Command } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { terminal } from '../output/terminal.ts'
import { addComplete } from './complete.ts'
import { addCompletion } from './completion.ts'
import { addConfig } from './config/group.ts'
import { addCreate } from './create.ts'
import { addDestroy } from './destroy.ts'
import { addDoctor } from './doctor.ts'
import { addExplain } from './explain.ts'
import { addGc } from './gc.ts'
import { addHistory } from './history/group.ts'
import { addImport } from './import/group.ts'
import { addList } from './list.ts'
import { addProtect } from './protect.ts'
import { addPsql } from './psql.ts'
import { addRemoveHost } from './remove-host.ts'
import { addReset } from './reset.ts'
import { addRun } from './run.ts'
import { addShow } from './show.ts'
import { addSnapshot } from './snapshot/group.ts'
import { addStandby } from './standby/group.ts'
import { addStart } from './start.ts'
import { addStdio } from './stdio.ts'
import { addStop } from './stop.ts'
import { addStorage } from './storage/group.ts'
import { addTree } from './tree.ts'
import { addUrl } from './url.ts'

export function buildProgram({ isJson }: { readonly isJson: boolean }): Command {
  const program = new Command('pgfork')
    .description('Forks a running PostgreSQL server in about a second, whatever its size.')
    .version(manifest.version)
    .enablePositionalOptions()
    .showHelpAfterError('(pgfork --help, or pgfork COMMAND --help)')
    .exitOverride()
  // An error is told as JSON instead. It quotes words of the command line, which may be names of files (H81).
  program.configureOutput({ writeErr: isJson ? () => {} : terminal.show })
  for (const add of commands) add(program)
  return program
}

/** In the order in which they are listed. */
const commands = [
  ...[addCreate, addRun, addList, addTree, addShow, addUrl, addPsql],
  ...[addReset, addStop, addStart, addProtect, addDestroy],
  ...[addSnapshot, addHistory, addStandby, addImport],
  ...[addGc, addRemoveHost, addDoctor, addExplain, addStorage, addConfig, addStdio, addCompletion, addComplete],
]
