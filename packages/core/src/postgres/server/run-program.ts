import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandResult, CommandRunner } from '../../command/command-runner.ts'
import type { RunProgramRequest } from './server-launcher.ts'

/** Undefined where there is no such program. As the owner, who could have named the folder (H62). */
export async function runProgram(
  { binDirectory, owner, program, args, timeoutMs, signal }: RunProgramRequest,
  runner: CommandRunner,
): Promise<CommandResult | undefined> {
  const file = join(binDirectory, program)
  const isThere = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
  return isThere
    ? runner.run(file, args, { user: owner, timeoutMs, ...(signal === undefined ? {} : { signal }) })
    : undefined
}
