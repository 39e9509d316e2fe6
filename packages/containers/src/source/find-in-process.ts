import { accessSync, lstatSync, readlinkSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/** As many as the kernel follows. */
const mostLinks = 40

const namesOf = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.')

/**
 * The path by which what a process calls so can be looked at here: links lead where they lead there. Undefined where it may not be looked at, or is
 * not there.
 */
export function findInProcess(pid: number, path: string): string | undefined {
  const root = `/proc/${pid}/root`
  let rest = namesOf(path)
  let reached: string[] = []
  let links = 0
  try {
    accessSync(`${root}/`)
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      if (name === '..') {
        reached.pop()
        continue
      }
      const next = join(root, ...reached, name)
      if (!lstatSync(next).isSymbolicLink()) {
        reached.push(name)
        continue
      }
      if (++links > mostLinks) return undefined
      const target = readlinkSync(next)
      if (isAbsolute(target)) reached = []
      rest = [...namesOf(target), ...rest]
    }
    return join(root, ...reached)
  } catch {
    return undefined
  }
}
