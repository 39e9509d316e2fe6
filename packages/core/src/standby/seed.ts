import { join } from 'node:path'
import { dataDirectoryOf, makeGeneration } from '../elsewhere/copy-folder.ts'
import type { Tablespace } from '../elsewhere/inspect-server.ts'
import { runClient } from '../elsewhere/run-client.ts'
import { formatConninfo } from '../elsewhere/server-address.ts'
import { Directory } from '../files/directory.ts'
import { makeDirectory } from '../files/make-directory.ts'
import type { Operation } from '../operation/operation.ts'
import type { Generation } from '../records/generation.ts'
import type { StandbyRecord } from '../records/standby-record.ts'

export interface SeedRequest {
  readonly standby: StandbyRecord
  readonly generation: Generation
  readonly tablespaces: readonly Tablespace[]
  readonly maxBytesPerSecond: number | undefined
}

/**
 * Makes a base backup in a volume of its own, all of it, so that one snapshot captures it: tablespaces come to lie beside the data directory,
 * not at the paths that they have on the primary (H1). The WAL that belongs to it comes at the end, for which somebody has the primary keep it
 * (`keepingWal`). What it has done is removed by whoever removes the generation.
 */
export async function seed(operation: Operation, request: SeedRequest): Promise<void> {
  const { standby, generation, tablespaces, maxBytesPerSecond } = request
  const { owner, major, binDirectory, primary, passfile, applicationName } = standby
  await makeGeneration(operation, generation, owner, passfile)
  const mapped = tablespaces.map(
    ({ oid, location }) => [location, join(generation.directory, 'tablespaces', oid)] as const,
  )
  if (mapped.length > 0) {
    using volume = Directory.open(generation.directory)
    makeDirectory(volume, 'tablespaces', owner)[Symbol.dispose]()
  }
  const conninfo = formatConninfo(primary, { passfile: passfile?.path, applicationName, major })
  const args = [
    ...['--dbname', conninfo, '--pgdata', dataDirectoryOf(generation), '--wal-method=fetch', '--checkpoint=fast'],
    ...['--progress', '--no-password', ...(major >= 13 ? ['--no-manifest'] : [])],
    ...mapped.map(([from, to]) => `--tablespace-mapping=${escapeEquals(from)}=${escapeEquals(to)}`),
    ...(maxBytesPerSecond === undefined ? [] : [`--max-rate=${Math.floor(maxBytesPerSecond / 1024)}`]),
  ]
  await runClient(operation, {
    binDirectory,
    program: 'pg_basebackup',
    args,
    owner,
    onErrorOutput: progressOf(operation),
  })
}

const escapeEquals = (path: string): string => path.replaceAll('=', '\\=')

/** `12345/23456 kB (52%), 0/1 tablespace`: the total is an estimate of the server's. */
function progressOf(operation: Operation): (text: string) => void {
  return (text) => {
    const last = [...text.matchAll(/(\d+)\/(\d+) kB/g)].at(-1)
    if (last === undefined) return
    const [doneBytes, totalBytes] = [Number(last[1]) * 1024, Number(last[2]) * 1024]
    operation.driverContext().progress({ doneBytes, totalBytes: Math.max(doneBytes, totalBytes) })
  }
}
