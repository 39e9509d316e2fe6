import type { CommandRunner } from '../../command/command-runner.ts'
import { Directory } from '../../files/directory.ts'
import { readProcLink } from '../../process/proc.ts'
import { identifyProcess, type ProcessIdentity } from '../../process/process-identity.ts'
import { type PostmasterPid, readPostmasterPid } from '../files/postmaster-pid.ts'

export interface FoundServer {
  readonly postmaster: PostmasterPid
  readonly identity: ProcessIdentity
}

/**
 * The server that runs on a data directory, on this machine and in this process namespace. A pid may have been given
 * to another process since (H58): a postmaster is known by the directory that it works in, its data directory.
 */
export async function findServer(dataDirectory: string, runner: CommandRunner): Promise<FoundServer | undefined> {
  const postmaster = findPostmasterPid(dataDirectory)
  if (postmaster === undefined) return undefined
  const identity = await identifyProcess(postmaster.pid, runner)
  if (identity === undefined) return undefined
  const directory = readProcLink(`${postmaster.pid}/cwd`)
  // Where the kernel doesn't tell the directory (macOS), the lock file's word must do: it is removed at every clean end.
  if (directory !== undefined && directory !== dataDirectory) return undefined
  return { postmaster, identity }
}

/** Also where there is no such directory (any more). */
export function findPostmasterPid(dataDirectory: string): PostmasterPid | undefined {
  using directory = Directory.find(dataDirectory)
  return directory && readPostmasterPid(directory)
}
