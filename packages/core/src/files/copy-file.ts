import { closeSync, constants, fchmodSync, fstatSync, openSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import type { UserIdentity } from '../command/command-runner.ts'
import { flags, isLinux, pathOf, systemError } from './descriptor.ts'
import type { Directory } from './directory.ts'
import { giveFile } from './give.ts'
import { removeTree } from './remove-tree.ts'

/** Copies a file from a place of ours, and gives it away; blocks are shared where that is possible. */
export async function copyInto(directory: Directory, name: string, from: string, owner: UserIdentity): Promise<void> {
  removeTree(directory, name)
  const file = directory.do(() => openSync(directory.at(name), flags.create, 0o600))
  try {
    await copyFile(from, isLinux ? pathOf(file) : directory.at(name), constants.COPYFILE_FICLONE)
    fchmodSync(file, 0o600)
    giveFile(file, owner)
  } finally {
    closeSync(file)
  }
}

/** Copies a file of somebody else's to a path in a place of ours, where there is none yet; throws `EFBIG` above a size. */
export async function copyOutOf(directory: Directory, name: string, to: string, mostBytes: number): Promise<void> {
  const file = directory.openFile(name)
  try {
    const { size } = fstatSync(file)
    if (size > mostBytes)
      throw systemError('EFBIG', `${directory.path}/${name} has ${size} bytes, more than ${mostBytes}`, 'read')
    const mode = constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL
    await copyFile(isLinux ? pathOf(file) : directory.at(name), to, mode)
  } finally {
    closeSync(file)
  }
}
