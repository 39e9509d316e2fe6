import { readdir, readFile, readlink } from 'node:fs/promises'
import { isBelow } from '../system/is-below.ts'
import { listProcesses } from '../system/processes.ts'

/** One line for each process that uses a file below `path`: its pid, command, and the first file it was found to use. */
export async function describeHolders(path: string): Promise<string> {
  const processes = await listProcesses()
  const lines = await Promise.all(
    processes.map(async ({ pid, command }) => {
      const used = (await usedPaths(pid)).find((candidate) => isBelow(candidate, path))
      return used === undefined ? undefined : `  pid ${pid} (${command}) uses ${used}`
    }),
  )
  const found = lines.filter((line) => line !== undefined)
  return found.length > 0
    ? found.join('\n')
    : '  no process that /proc shows: another mount, a loop device or a swap file on it?'
}

async function usedPaths(pid: number): Promise<string[]> {
  const follow = (link: string) => readlink(`/proc/${pid}/${link}`).catch(() => '')
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8').catch(() => '')
  const mapped = maps.split('\n').map((line) => line.slice(73))
  return [...(await Promise.all(['cwd', 'root', 'exe', ...descriptors.map((fd) => `fd/${fd}`)].map(follow))), ...mapped]
}
