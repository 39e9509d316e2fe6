import { statfsSync } from 'node:fs'
import process from 'node:process'

/**
 * Magic numbers of statfs(2) of file systems that one kernel alone has mounted. Not here: those of the network (NFS, SMB, 9p), of
 * clusters (GFS2, OCFS2), and FUSE, behind which anything may be.
 */
const localTypes = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x2fc12fc1, // ZFS
  0xca451a4e, // bcachefs
  0xf2f52010, // F2FS
  0x3153464a, // JFS
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs: a container's own
])

/** Whether no other machine can have this file open. */
export function isOnLocalFileSystem(path: string): boolean {
  // Elsewhere the numbers are others, and containers live in a virtual machine.
  if (process.platform !== 'linux') return true
  try {
    return localTypes.has(statfsSync(path).type)
  } catch {
    return false
  }
}
