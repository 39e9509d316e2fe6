import { closeSync, openSync, readFileSync } from 'node:fs'

/** A row of the mount table of a process (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly id: number
  /** The same for all mounts of one file system while it is mounted. */
  readonly device: string
  /** Which directory of the file system is seen at the mount point. */
  readonly root: string
  readonly mountPoint: string
  readonly fileSystem: string
  readonly source: string
  readonly options: readonly string[]
}

/** O_PATH of Linux, which Node doesn't name: the file is found but not opened, so that no right to read it is needed. */
const findOnly = 0o10000000

/** The mount table of this process or another one, in its order. Linux only. */
export async function listMounts(process: number | 'self' = 'self'): Promise<Mount[]> {
  const text = readFileSync(`/proc/${process}/mountinfo`, 'utf8')
  return text.split('\n').filter(Boolean).map(parseMount)
}

/** The mount that `path` is seen through: asked of the kernel, since mount points alone can hide each other. */
export async function mountOf(path: string, mounts: readonly Mount[]): Promise<Mount | undefined> {
  const file = openSync(path, findOnly)
  try {
    const info = readFileSync(`/proc/self/fdinfo/${file}`, 'utf8')
    const id = Number(/^mnt_id:\s*(\d+)$/m.exec(info)?.[1])
    return mounts.find((mount) => mount.id === id)
  } finally {
    closeSync(file)
  }
}

function parseMount(line: string): Mount {
  const [before = '', after = ''] = line.split(' - ')
  const [id, , device = '', root = '', mountPoint = '', options = ''] = before.split(' ')
  const [fileSystem = '', source = '', superOptions = ''] = after.split(' ')
  return {
    id: Number(id),
    device,
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    fileSystem,
    source: unescapeOctal(source),
    options: [...options.split(','), ...superOptions.split(',')],
  }
}

/** Blanks and backslashes are written as \040 and the like, in bytes of UTF-8. */
const unescapeOctal = (text: string): string =>
  text.replace(/(?:\\[0-7]{3})+/g, (codes) =>
    Buffer.from(
      codes
        .split('\\')
        .slice(1)
        .map((digits) => Number.parseInt(digits, 8)),
    ).toString('utf8'),
  )

/** What is mounted at exactly this path; undefined when nothing is. The last one hides those before. */
export async function findMount(mountPoint: string): Promise<Mount | undefined> {
  return (await listMounts()).findLast((mount) => mount.mountPoint === mountPoint)
}
