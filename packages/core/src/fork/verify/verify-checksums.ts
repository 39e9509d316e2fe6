import type { CommandResult, UserIdentity } from '../../command/command-runner.ts'
import { CommandError } from '../../errors/command-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { OwnedServer, ServerLauncher } from '../../postgres/server/server-launcher.ts'

export interface VerifyChecksumsRequest {
  /** One that was stopped cleanly. */
  readonly server: OwnedServer
  readonly binDirectory: string
  readonly owner: UserIdentity
  readonly outsideDirectory: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads every page of a stopped fork and compares its checksum.
 *
 * @returns what was found; undefined when the server's distribution has no tool for it (10, and some packages)
 * @throws PgforkError `VERIFICATION_FAILED`
 */
export async function verifyChecksums(
  request: VerifyChecksumsRequest,
  launcher: ServerLauncher,
): Promise<string | undefined> {
  const { dataDirectory } = request.server
  try {
    const result = await runTool(request, launcher)
    return result && `${/Blocks scanned:\s*(\d+)/.exec(result.stdout)?.[1] ?? 'all'} pages`
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
async function runTool(request: VerifyChecksumsRequest, launcher: ServerLauncher): Promise<CommandResult | undefined> {
  const args = ['-D', request.server.dataDirectory]
  return (
    (await launcher.run({ ...request, program: 'pg_checksums', args })) ??
    launcher.run({ ...request, program: 'pg_verify_checksums', args })
  )
}
