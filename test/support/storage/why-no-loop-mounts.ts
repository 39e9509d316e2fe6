import { access, constants, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileSystemName } from './test-storage.ts'

const packages: Record<FileSystemName, string> = { btrfs: 'btrfs-progs', xfs: 'xfsprogs', ext4: 'e2fsprogs' }

/** Why the current user can't mount such a file system from a file, with what to do about it; undefined when all is there. */
export async function whyNoLoopMounts(filesystem: FileSystemName): Promise<string | undefined> {
  const what = `A ${filesystem} file system in a loop file`
  if (process.platform !== 'linux') return `${what} needs Linux; this is ${process.platform}.`
  if (process.geteuid?.() !== 0) return `${what} needs root; run it as root.`
  if (!(await isOnPath(`mkfs.${filesystem}`)))
    return `${what} needs mkfs.${filesystem}, which is not installed. Run: apt-get install ${packages[filesystem]}`
  if (!(await isUsable('/dev/loop-control')))
    return `${what} needs /dev/loop-control, which is absent here. In a container: run it with --privileged.`
  if (!(await kernelKnows(filesystem))) return `${what} needs a kernel with ${filesystem}. Try: modprobe ${filesystem}`
  if (!(await maySysAdmin())) return `${what} needs the right to mount. In a container: run it with --privileged.`
  return undefined
}

/** A kernel lists a file system only once its module is loaded; mount loads it, so a module on disk counts. */
async function kernelKnows(filesystem: string): Promise<boolean> {
  const known = await readFile('/proc/filesystems', 'utf8')
  if (known.split('\n').some((line) => line.trim() === filesystem)) return true
  const release = (await readFile('/proc/sys/kernel/osrelease', 'utf8')).trim()
  const modules = await readFile(`/lib/modules/${release}/modules.dep`, 'utf8').catch(() => '')
  return modules.includes(`/${filesystem}.ko`)
}

/** A container's root lacks CAP_SYS_ADMIN (bit 21) unless it was given. */
async function maySysAdmin(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8')
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'
  return ((BigInt(`0x${effective}`) >> 21n) & 1n) === 1n
}

async function isOnPath(command: string): Promise<boolean> {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']
  for (const folder of folders) if (await isUsable(join(folder, command), constants.X_OK)) return true
  return false
}

const isUsable = (path: string, mode = constants.R_OK | constants.W_OK): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  )
