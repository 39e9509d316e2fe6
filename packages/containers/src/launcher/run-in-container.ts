import { join } from 'node:path'
import type { CommandResult, CommandRunner } from '@pgfork/core'
import { type RunProgramRequest, removeOutsideFolder } from '@pgfork/core/companion'
import { requireSameEngine } from '../engine/check-engine.ts'
import { engineAt } from '../engine/engine.ts'
import { isNoProgram } from '../engine/no-program.ts'
import { holdBinds } from './bind-sources.ts'
import { holdMakerPipe, letGoOfMakerPipe, makerPipeIn } from './maker-pipe.ts'
import { readPlace, recordedEngine } from './place.ts'
import { removeContainers } from './remove-containers.ts'
import { programArguments } from './run-arguments.ts'

/** For the engine, to end what was aborted. */
const removalMs = 30_000

export async function runInContainer(
  { server, owner, binDirectory, program: name, args, outsideDirectory, timeoutMs, signal }: RunProgramRequest,
  runner: CommandRunner,
): Promise<CommandResult | undefined> {
  const place = readPlace(server.place)
  const { dataDirectory, linked } = server
  const program = binDirectory === '' ? name : join(binDirectory, name)
  const engine = engineAt(runner, place.engine)
  await requireSameEngine(engine, recordedEngine(place))
  try {
    await holdMakerPipe(dataDirectory, outsideDirectory, owner, runner)
    const folders = [...(linked ?? []), outsideDirectory]
    await using held = await holdBinds({ dataDirectory, owner, folders }, runner)
    const { binds } = held
    const request = { place, owner, dataDirectory, binds, program, makerPipe: makerPipeIn(outsideDirectory) }
    return await engine.run(programArguments(request, args), { timeoutMs, signal, waits: true })
  } catch (error) {
    if (isNoProgram(error)) return undefined
    // Whoever asked the engine was ended, which ends nothing in it.
    await removeContainers(engine, { dataDirectory, place }, removalMs).catch(() => {})
    throw error
  } finally {
    letGoOfMakerPipe(dataDirectory)
    if (server.socketDirectory !== outsideDirectory) removeOutsideFolder(outsideDirectory, owner)
  }
}
