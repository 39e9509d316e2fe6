import { closeSync, constants, fstatSync, readSync } from 'node:fs'
import process from 'node:process'

/** O_PATH of Linux, which Node doesn't name: found, not opened, so that no right to read is needed and no device or pipe is woken. */
const findOnly = 0o10000000

export const isLinux = process.platform === 'linux'

/** Root works for others; whoever else calls works in his own files (H59). */
export const isRoot = (): boolean => process.geteuid?.() === 0

export const flags = {
  directory: (isLinux ? findOnly : constants.O_RDONLY) | constants.O_DIRECTORY | constants.O_NOFOLLOW,
  /** Whatever it is, a link too. Linux. */
  anything: findOnly | constants.O_NOFOLLOW,
  read: constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  write: constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  append: constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
}

/** What a descriptor refers to, as a path: whatever becomes of the path by which it was opened. */
export const pathOf = (descriptor: number): string => `/proc/self/fd/${descriptor}`

/** Runs an action with a descriptor and closes it. */
export function withDescriptor<T>(descriptor: number, action: (descriptor: number) => T): T {
  try {
    return action(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** More than any file that is read as a whole holds: settings, labels, marks. */
export const mostBytes = 1024 * 1024

/** What a file holds, should it not be growing; throws `EINVAL` for what is no regular file, `EFBIG` for one with more bytes. */
export function readWhole(file: number, path: string, limit: number): Buffer {
  const found = fstatSync(file)
  if (!found.isFile()) throw systemError('EINVAL', `${path} is no regular file`, 'read')
  const { size } = found
  if (size > limit) throw systemError('EFBIG', `${path} has ${size} bytes, more than ${limit}`, 'read')
  const buffer = Buffer.alloc(size)
  let done = 0
  for (let count = -1; count !== 0 && done < size; done += count)
    count = readSync(file, buffer, done, size - done, done)
  return buffer.subarray(0, done)
}

export function systemError(code: string, message: string, syscall: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${message}`), { code, syscall })
}
