import { constants, openSync, readdirSync } from 'node:fs'
import type { CommandRunner, UserIdentity } from '../command/command-runner.ts'
import { CommandError } from '../errors/command-error.ts'
import { isSystemError } from '../errors/from-system-error.ts'
import { isRoot, mostBytes, readWhole, systemError, withDescriptor } from './descriptor.ts'

/** Files that a source's owner names, wherever they lie and whatever links lead to them: with his rights alone (H63). */
export interface NamedFiles {
  /** Undefined when there is none; throws for what is no regular file, for one above 1 MiB, and where he may not read. */
  readText(path: string): Promise<string | undefined>
  names(directory: string): Promise<string[]>
}

/** Root has commands of the owner's read for it: he could have named `/etc/shadow`. */
export const namedFiles = (owner: UserIdentity, runner: CommandRunner): NamedFiles =>
  isRoot() && owner.uid !== 0 ? filesOf(owner, runner) : ownFiles

const ownFiles: NamedFiles = {
  async readText(path) {
    try {
      return withDescriptor(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), (file) =>
        readWhole(file, path, mostBytes).toString('utf8'),
      )
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined
      throw error
    }
  },
  names: async (directory) => readdirSync(directory),
}

const blockBytes = 64 * 1024

function filesOf(user: UserIdentity, runner: CommandRunner): NamedFiles {
  return {
    async readText(path) {
      // A pipe is not waited for, and no more is read of a device than is needed to tell that it is too much.
      const bounds = [
        `bs=${blockBytes}`,
        `count=${mostBytes / blockBytes + 1}`,
        'iflag=nonblock,fullblock',
        'status=none',
      ]
      try {
        const { stdout } = await runner.run('dd', [`if=${path}`, ...bounds], { user })
        if (Buffer.byteLength(stdout) <= mostBytes) return stdout
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
      throw systemError('EFBIG', `${path} has more than ${mostBytes} bytes`, 'read')
    },
    async names(directory) {
      // With a stroke behind it, a link is followed.
      const words = [`${directory}/`, '-mindepth', '1', '-maxdepth', '1', '-printf', '%f\\0']
      const { stdout } = await runner.run('find', words, { user })
      return stdout.split('\0').filter((name) => name !== '')
    },
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof CommandError && error.code === 'COMMAND_FAILED' && /No such file or directory/.test(error.stderr)
