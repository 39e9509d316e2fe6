import type { CommandRunner } from '../../command/command-runner.ts'
import type { Directory } from '../../files/directory.ts'
import type { PostmasterPid } from '../files/postmaster-pid.ts'
import { endProcess } from './end-process.ts'
import { clusterOf } from './find-server.ts'
import { findServerProcesses } from './server-processes.ts'

/** Ends the processes of a server that was killed. They notice its end when they come to it, which a long statement puts off. */
export async function endOrphans(
  directory: Directory,
  killed: PostmasterPid,
  timeoutMs: number,
  runner: CommandRunner,
): Promise<void> {
  const { processes } = await findServerProcesses(clusterOf(directory, killed), runner)
  for (const identity of processes) await endProcess(identity, 'SIGQUIT', timeoutMs, runner)
}
