import type { CommandRunner } from '../../command/command-runner.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { Directory } from '../../files/directory.ts'
import { findServer } from '../../postgres/server/find-server.ts'
import type { InspectedSource } from '../../postgres/source/inspect-source.ts'
import { isAlive } from '../../process/process-state.ts'
import type { Check } from './verification.ts'

/**
 * That forking did nothing to the source: the same server still runs, with the settings that it had, and its WAL holds
 * nothing of the fork's timeline.
 *
 * @throws PgforkError `SOURCE_LOST`, `SOURCE_CHANGED`
 */
export async function verifySource(
  { inspection, client }: InspectedSource,
  forkTimeline: number | undefined,
  runner: CommandRunner,
): Promise<Check[]> {
  const { dataDirectory, server } = inspection
  const checks: Check[] = []
  if (server === undefined) {
    if ((await findServer(dataDirectory, runner)) !== undefined)
      throw changed(dataDirectory, 'a server was started on it')
  } else {
    if (!(await isAlive(server, runner)))
      throw new PgforkError('SOURCE_LOST', `The source ${dataDirectory} stopped or restarted while it was forked.`, {
        facts: { dataDirectory, pid: server.pid },
      })
    checks.push({ name: 'the source still runs', found: `pid ${server.pid}` })
  }
  if (client !== undefined) {
    // Every role may see its port, which its data directory is not.
    const { rows } = await client.query<{ port: string }>(`select current_setting('port') as port`)
    const port = rows[0]?.port
    if (server !== undefined && port !== String(server.port)) throw changed(dataDirectory, `its port became ${port}`)
    checks.push({ name: 'the source kept its settings', found: `port ${port}` })
  }
  if (forkTimeline !== undefined) {
    const prefix = forkTimeline.toString(16).toUpperCase().padStart(8, '0')
    const foreign = namesInWal(dataDirectory).filter((name) => name.startsWith(prefix))
    if (foreign.length > 0)
      throw changed(dataDirectory, `its pg_wal holds ${foreign.join(', ')} of the fork's timeline`)
    checks.push({ name: "the source's WAL holds nothing of the fork", found: `no file ${prefix}*` })
  }
  return checks
}

function namesInWal(path: string): string[] {
  using dataDirectory = Directory.open(path)
  using wal = dataDirectory.openLinked('pg_wal')
  return wal.names()
}

const changed = (dataDirectory: string, what: string): PgforkError =>
  new PgforkError('SOURCE_CHANGED', `The source ${dataDirectory} changed while it was forked: ${what}.`, {
    facts: { dataDirectory, what },
  })
