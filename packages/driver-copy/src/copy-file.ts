import { constants } from 'node:fs'
import { copyFile, type FileHandle, open } from 'node:fs/promises'
import process from 'node:process'
import { isSystemError, throwIfAborted } from '@pgfork/core/driver'
import { keepMetadataOf, keepMetadataOfFile } from './keep-metadata.ts'

export interface CopyFileRequest {
  readonly source: string
  readonly target: string
  readonly sharesBlocks: boolean
  readonly onBytes: (bytes: number) => void
  readonly signal: AbortSignal | undefined
}

const chunkBytes = 1024 * 1024
const zeros = Buffer.alloc(chunkBytes)
/** Neither follows a link nor waits for a pipe that has taken the file's place. */
const careful = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Copies one file with its mode and, for root, its owner. `ENOENT` when it has vanished. */
export async function copyFileOf(request: CopyFileRequest): Promise<void> {
  if (request.sharesBlocks && (await shareFile(request))) return
  await copyBytes(request)
}

/** False where these two can't share blocks, such as a file on another mount. */
async function shareFile({ source, target }: CopyFileRequest): Promise<boolean> {
  const from = await open(source, careful)
  try {
    const stats = await from.stat()
    if (!stats.isFile()) return true
    // The very file that was looked at, whatever has its name by now: else another's content would get this one's owner (H63).
    const opened = process.platform === 'linux' ? `/proc/self/fd/${from.fd}` : source
    await copyFile(opened, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL)
    await keepMetadataOf(stats, target)
    return true
  } catch (error) {
    const isUnable = ['EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS', 'ENOTTY'].some((code) =>
      isSystemError(error, code),
    )
    if (isUnable) return false
    throw error
  } finally {
    await from.close()
  }
}

/** As many bytes as the file has when it is opened, so that one that grows all the time comes to an end. */
async function copyBytes({ source, target, onBytes, signal }: CopyFileRequest): Promise<void> {
  const from = await open(source, careful)
  try {
    const stats = await from.stat()
    if (!stats.isFile()) return
    const to = await open(target, 'wx', 0o600)
    try {
      const isSparse = stats.blocks * 512 < stats.size
      await copyChunks(from, to, stats.size, isSparse, (bytes) => {
        onBytes(bytes)
        throwIfAborted(signal, 'The copy was aborted.')
      })
      await keepMetadataOfFile(stats, to)
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}

async function copyChunks(
  from: FileHandle,
  to: FileHandle,
  size: number,
  isSparse: boolean,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(size, chunkBytes))
  let position = 0
  while (position < size) {
    const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, size - position), position)
    // Truncated meanwhile.
    if (bytesRead === 0) break
    const isHole = isSparse && buffer.compare(zeros, 0, bytesRead, 0, bytesRead) === 0
    if (!isHole) await writeAll(to, buffer.subarray(0, bytesRead), position)
    position += bytesRead
    onBytes(bytesRead)
  }
  if (isSparse) await to.truncate(position)
}

async function writeAll(to: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await to.write(bytes, done, bytes.length - done, position + done)).bytesWritten
}
