import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandRunner, UserIdentity } from '../../command/command-runner.ts'
import { CommandError } from '../../errors/command-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'

export interface VerifyChecksumsRequest {
  /** Of a server that was stopped cleanly. */
  readonly dataDirectory: string
  readonly binDirectory: string
  readonly owner: UserIdentity
  readonly timeoutMs: number
}

/**
 * Reads every page of a stopped fork and compares its checksum.
 *
 * @returns what was found; undefined when the server's distribution has no tool for it (10, and some packages)
 * @throws PgforkError `VERIFICATION_FAILED`
 */
export async function verifyChecksums(
  { dataDirectory, binDirectory, owner, timeoutMs }: VerifyChecksumsRequest,
  runner: CommandRunner,
): Promise<string | undefined> {
  const tool = await findTool(binDirectory)
  if (tool === undefined) return undefined
  try {
    const { stdout } = await runner.run(tool, ['-D', dataDirectory], { user: owner, timeoutMs })
    return `${/Blocks scanned:\s*(\d+)/.exec(stdout)?.[1] ?? 'all'} pages`
  } catch (error) {
    // Only what it says of checksums is an alarm: it also fails for a cluster that it may not look at.
    if (!(error instanceof CommandError) || !/checksum verification failed/.test(error.stderr)) throw error
    throw new PgforkError(
      'VERIFICATION_FAILED',
      `Pages of the fork have wrong checksums, and most likely so have the source's: ${error.stderr}`,
      {
        cause: error,
        facts: { dataDirectory },
      },
    )
  }
}

/** It was named pg_verify_checksums in 11. */
async function findTool(binDirectory: string): Promise<string | undefined> {
  for (const name of ['pg_checksums', 'pg_verify_checksums']) {
    const tool = join(binDirectory, name)
    if (
      await access(tool, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return tool
  }
  return undefined
}
