import { listProcesses, type RunningProcess } from '../system/processes.ts'
import { collectPorts } from './collect-ports.ts'
import { collectSegments, collectSharedFiles } from './collect-shared-memory.ts'
import { collectFiles, collectLoopDevices, collectMounts, collectSubvolumes } from './collect-storage.ts'
import { collectTemporaryFolders } from './collect-temporary-folders.ts'
import { ancestors, listProcessesInScope } from './list-processes-in-scope.ts'
import type { Collector, SystemScope } from './system-scope.ts'

const collectors = {
  mounts: collectMounts,
  'loop devices': collectLoopDevices,
  'Btrfs subvolumes': collectSubvolumes,
  files: collectFiles,
  'listening TCP ports': collectPorts,
  'System V shared memory': collectSegments,
  'shared memory files': collectSharedFiles,
  'temporary folders': collectTemporaryFolders,
} satisfies Record<string, Collector>

export type Kind = 'processes' | keyof typeof collectors

/** What there was at a moment. */
export interface SystemSnapshot {
  readonly scope: SystemScope
  readonly found: Readonly<Record<Kind, readonly string[]>>
  /** Everything that ran. What these start later, as a server its backends, is theirs. */
  readonly running: ReadonlySet<string>
}

export async function snapshotSystem(scope: SystemScope): Promise<SystemSnapshot> {
  const running = new Set((await listProcesses()).filter(({ pid }) => pid !== process.pid).map(identity))
  return { scope, found: await collect(scope, new Set()), running }
}

/** Lists all kinds. Processes leave out what `running` ones have started since. */
export async function collect(scope: SystemScope, running: ReadonlySet<string>): Promise<Record<Kind, string[]>> {
  const found: Partial<Record<Kind, string[]>> = { processes: await collectProcesses(scope, running) }
  for (const [kind, collector] of Object.entries(collectors))
    found[kind as keyof typeof collectors] = await collector(scope)
  return found as Record<Kind, string[]>
}

async function collectProcesses(scope: SystemScope, running: ReadonlySet<string>): Promise<string[]> {
  const [inScope, all] = await Promise.all([listProcessesInScope(scope), listProcesses()])
  const parents = new Map(all.map(({ pid, parentPid }) => [pid, parentPid]))
  const older = new Set(inScope.filter((process) => running.has(identity(process))).map(({ pid }) => pid))
  const isTheirs = (pid: number) => ancestors(pid, parents).some((ancestor) => older.has(ancestor))
  return inScope
    .filter(({ pid }) => !isTheirs(pid))
    .map(
      ({ pid, startTicks, command, workingDirectory }) =>
        `${pid} (started at ${startTicks}): ${command} in ${workingDirectory}`,
    )
}

const identity = ({ pid, startTicks }: RunningProcess): string => `${pid} ${startTicks}`
