import { join } from 'node:path'
import type { CommandResult, CommandRunner } from '@pgfork/core'
import type { RunProgramRequest } from '@pgfork/core/companion'
import { engineAt } from '../engine/engine.ts'
import { withBinds } from './bind-sources.ts'
import { readPlace } from './place.ts'
import { programArguments } from './run-arguments.ts'

export async function runInContainer(
  { server, owner, binDirectory, program, args, timeoutMs, signal }: RunProgramRequest,
  runner: CommandRunner,
): Promise<CommandResult | undefined> {
  const place = readPlace(server.place)
  const { dataDirectory } = server
  const path = binDirectory === '' ? program : join(binDirectory, program)
  return withBinds({ dataDirectory, owner, folders: [] }, runner, (binds) =>
    engineAt(runner, place.engine).run(programArguments({ place, owner, dataDirectory, binds }, path, args), {
      timeoutMs,
      signal,
      missing: /executable file not found|no such file or directory/i,
    }),
  )
}
