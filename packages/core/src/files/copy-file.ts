import { closeSync, constants, fchmodSync, fstatSync, openSync, writeSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import type { UserIdentity } from '../command/command-runner.ts'
import { flags, isLinux, pathOf, systemError } from './descriptor.ts'
import type { Directory } from './directory.ts'
import { giveFile } from './give.ts'
import { removeTree } from './remove-tree.ts'

const eraseBytes = 1024 * 1024

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

/** Copies a file of somebody else's into another directory, and gives it away; blocks are shared where that is possible. */
export async function copyBetween(
  from: Directory,
  name: string,
  to: Directory,
  newName: string,
  owner: UserIdentity,
): Promise<void> {
  const file = from.openFile(name)
  try {
    await copyInto(to, newName, isLinux ? pathOf(file) : from.at(name), owner)
  } finally {
    closeSync(file)
  }
}

/** Overwrites a file with zeros from an offset to an end. */
export async function eraseFrom(directory: Directory, name: string, from: number, end: number): Promise<void> {
  const file = directory.openFile(name, flags.write)
  try {
    const zeros = Buffer.alloc(Math.min(eraseBytes, end - from))
    for (let at = from; at < end; at += zeros.length) writeSync(file, zeros, 0, Math.min(zeros.length, end - at), at)
  } finally {
    closeSync(file)
  }
}

/** Copies a file that is open to a new path in a place of ours; blocks are shared where that is possible. `path`: where there is no /proc. */
export async function copyOpened(file: number, path: string, to: string): Promise<void> {
  await copyFile(isLinux ? pathOf(file) : path, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
}
