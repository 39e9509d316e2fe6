import { closeSync, constants, fchmodSync, fstatSync, openSync, read, rmSync, statSync, writeSync } from 'node:fs'
import { copyFile, type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { UserIdentity } from '../command/command-runner.ts'
import { isSystemError } from '../errors/from-system-error.ts'
import { flags, isLinux, pathOf, systemError } from './descriptor.ts'
import type { Directory } from './directory.ts'
import { giveFile } from './give.ts'
import { removeTree } from './remove-tree.ts'

const eraseBytes = 1024 * 1024
const chunkBytes = 1024 * 1024
const readChunk = promisify(read)

/** Copies a file from a place of ours, and gives it away; blocks are shared where that is possible. */
export async function copyInto(directory: Directory, name: string, from: string, owner: UserIdentity): Promise<void> {
  await makeFile(directory, name, owner, (_, path) => copyFile(from, path, constants.COPYFILE_FICLONE))
}

async function makeFile(
  directory: Directory,
  name: string,
  owner: UserIdentity,
  fill: (file: number, path: string) => Promise<void>,
): Promise<void> {
  removeTree(directory, name)
  const file = directory.do(() => openSync(directory.at(name), flags.create, 0o600))
  try {
    await fill(file, isLinux ? pathOf(file) : directory.at(name))
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
    await copyOpened(file, directory.at(name), to, mostBytes)
  } finally {
    closeSync(file)
  }
}

/** The same of a file that is open. `path`: where there is no /proc. Its owner may let it grow at any moment, and our disk isn't his to fill. */
export async function copyOpened(file: number, path: string, to: string, mostBytes: number): Promise<void> {
  refuseLarge(fstatSync(file).size, path, mostBytes)
  if (!(await shareBlocks(isLinux ? pathOf(file) : path, to, constants.COPYFILE_EXCL)))
    return copyBytes(file, await open(to, 'wx', 0o600), mostBytes)
  try {
    refuseLarge(statSync(to).size, path, mostBytes)
  } catch (error) {
    rmSync(to)
    throw error
  }
}

function refuseLarge(size: number, path: string, mostBytes: number): void {
  if (size > mostBytes) throw systemError('EFBIG', `${path} has ${size} bytes, more than ${mostBytes}`, 'read')
}

/** What systems say where two files can't share blocks. */
const cannotShare = ['EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS', 'ENOTTY']

/** Which takes no room, whatever the size. False where it can't be done. */
async function shareBlocks(from: string, to: string, mode = 0): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | mode)
    return true
  } catch (error) {
    if (cannotShare.some((code) => isSystemError(error, code))) return false
    throw error
  }
}

/** Closes the target. */
async function copyBytes(file: number, target: FileHandle, mostBytes: number): Promise<void> {
  try {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, mostBytes))
    for (let at = 0; at < mostBytes; ) {
      const { bytesRead } = await readChunk(file, buffer, 0, Math.min(buffer.length, mostBytes - at), at)
      if (bytesRead === 0) return
      for (let done = 0; done < bytesRead; )
        done += (await target.write(buffer, done, bytesRead - done, at + done)).bytesWritten
      at += bytesRead
    }
  } finally {
    await target.close()
  }
}

/** Copies a file of somebody else's into another directory, and gives it away; blocks are shared where that is possible. Throws `EFBIG` above a size. */
export async function copyBetween(
  from: Directory,
  name: string,
  to: Directory,
  newName: string,
  owner: UserIdentity,
  mostBytes: number,
): Promise<void> {
  const file = from.openFile(name)
  const path = join(from.path, name)
  try {
    refuseLarge(fstatSync(file).size, path, mostBytes)
    await makeFile(to, newName, owner, async (made, target) => {
      if (isLinux && (await shareBlocks(pathOf(file), target))) refuseLarge(fstatSync(made).size, path, mostBytes)
      else await copyBytes(file, await open(target, 'r+'), mostBytes)
    })
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
