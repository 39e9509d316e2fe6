import { join } from 'node:path'
import type { CommandResult, CommandRunner } from '@pgfork/core'
import type { RunProgramRequest } from '@pgfork/core/companion'
import { requireSameEngine } from '../engine/check-engine.ts'
import { engineAt } from '../engine/engine.ts'
import { withBinds } from './bind-sources.ts'
import { readPlace, recordedEngine } from './place.ts'
import { programArguments } from './run-arguments.ts'

export async function runInContainer(
  { server, owner, binDirectory, program, args, timeoutMs, signal }: RunProgramRequest,
  runner: CommandRunner,
): Promise<CommandResult | undefined> {
  const place = readPlace(server.place)
  const { dataDirectory, linked } = server
  const path = binDirectory === '' ? program : join(binDirectory, program)
  const engine = engineAt(runner, place.engine)
  await requireSameEngine(engine, recordedEngine(place))
  return withBinds({ dataDirectory, owner, folders: linked ?? [] }, runner, (binds) =>
    engine.run(programArguments({ place, owner, dataDirectory, binds }, path, args), {
      timeoutMs,
      signal,
      waits: true,
      missing: /executable file not found|no such file or directory/i,
    }),
  )
}
