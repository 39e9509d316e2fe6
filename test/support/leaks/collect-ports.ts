import { readdir, readFile, readlink } from 'node:fs/promises'
import { listProcessesInScope } from './list-processes-in-scope.ts'
import type { SystemScope } from './system-scope.ts'

/** TCP ports that this process or one in scope listens on. */
export async function collectPorts(scope: SystemScope): Promise<string[]> {
  const listening = await listListening()
  if (scope.wholeMachine) return [...listening.values()].map((address) => `${address}`)
  const pids = [process.pid, ...(await listProcessesInScope(scope)).map(({ pid }) => pid)]
  const owned = await Promise.all(
    pids.map(async (pid) => {
      const addresses = (await socketInodes(pid)).map((inode) => listening.get(inode))
      return addresses.filter((address) => address !== undefined).map((address) => `${address} of process ${pid}`)
    }),
  )
  return owned.flat()
}

/** Address and port of each listening socket by inode number (proc_net_tcp: field 2 local address, 4 state, 10 inode). */
async function listListening(): Promise<Map<string, string>> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  const rows = tables.flatMap((table) => table.split('\n').slice(1))
  const isListening = '0A'
  return new Map(
    rows
      .map((row) => row.trim().split(/\s+/))
      .filter(([, , , state]) => state === isListening)
      .map((fields) => [fields[9] ?? '', `port ${Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)}`]),
  )
}

async function socketInodes(pid: number): Promise<string[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
  return targets.map((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1]).filter((inode) => inode !== undefined)
}
