import {
  closeSync,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  type Stats,
} from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isSystemError } from '../errors/from-system-error.ts'
import { flags, isLinux, isRoot, mostBytes, pathOf, readWhole, systemError, withDescriptor } from './descriptor.ts'

/**
 * A directory that is held by a descriptor, and the way to the files in it that somebody else may change at the same time
 * (H59 - H63). Who changes what, when root works for the owner of a source (`postgres`):
 *
 * - Folders of pgfork's own (the state directory, `.pgfork/clones/<name>`, mount points, templates) are root's, and so is
 *   every folder above them (`checkPlace`). Paths are safe there. Nothing of it is given away, ever: the uppermost thing
 *   that an owner gets is the root directory of a clone.
 * - A clone that is being made belongs to its owner file by file, but the folder that it lies in is root's, with mode 0700, until
 *   its server is about to be started: nobody else reaches it. `handOver` makes the clone's root directory his, and lets him pass.
 * - The source's tree, and a clone that was handed over, are the owner's. Between two system calls he may put a link where
 *   a directory was. Root works there through a `Directory` alone. It is opened from `/` downwards, and no component may be a
 *   link. What lies in it is named `/proc/self/fd/N/name`: openat(2) for those who have none, such as Node. A file is opened
 *   with O_NOFOLLOW, and O_NONBLOCK so that a pipe is not waited for; it counts if it is a regular file of the directory's
 *   owner, so that nobody passes a hard link to another's file off as his. What is made is made with O_EXCL, given away by
 *   its descriptor and renamed into place.
 * - So the worst that an owner achieves by swapping is that root does to the owner's own files what he could do himself.
 * - What an owner *names* (binaries, configuration files, segments of shared memory) is run, read and removed by a command
 *   that runs as the owner (`user` of the command runner).
 *
 * The same holds while root makes a clone, although nobody reaches it then: files that were copied as the owner could have been
 * opened meanwhile, and links in them may be as old as the source.
 *
 * An ordinary user works in files of his own. He opens directories by their paths; all else is the same. Off Linux, root
 * forks nothing, since no server could be run as another user there.
 */
export class Directory implements Disposable {
  readonly #descriptor: number
  /** As it was opened: for messages, and for commands that run as its owner. */
  readonly path: string
  /** When it was opened. */
  readonly stats: Stats

  private constructor(descriptor: number, path: string) {
    this.#descriptor = descriptor
    this.path = path
    try {
      this.stats = fstatSync(descriptor)
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
  }

  /** Throws `ENOTDIR` for root where a component of the path is a link: real paths are given. */
  static open(path: string): Directory {
    const real = resolve(path)
    if (!isRoot() || !isLinux) return new Directory(openSync(real, flags.directory), real)
    let descriptor = openSync('/', flags.directory)
    let reached = '/'
    for (const name of real.split('/').filter((part) => part !== '')) {
      reached = join(reached, name)
      descriptor = withDescriptor(descriptor, (above) =>
        readably(pathOf(above), reached, () => openSync(join(pathOf(above), name), flags.directory)),
      )
    }
    return new Directory(descriptor, real)
  }

  /** Undefined where there is none, or where a link stands for it: that leads to something else. */
  static find(path: string): Directory | undefined {
    try {
      return Directory.open(path)
    } catch (error) {
      if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return undefined
      throw error
    }
  }

  /** What the descriptor refers to, for calls that take a path: reading, watching, a command's working directory. */
  get held(): string {
    return isLinux ? pathOf(this.#descriptor) : this.path
  }

  /** An entry, for calls that don't follow links. */
  at(name: string): string {
    if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0'))
      throw new TypeError(`${JSON.stringify(name)} names no entry of a directory`)
    return join(this.held, name)
  }

  /** Runs an action on entries, so that its error names the path that people know. */
  do<T>(action: () => T): T {
    return readably(this.held, this.path, action)
  }

  /** A directory below this one; throws `ENOTDIR` where a component is a link or a file. */
  openDirectory(path: string): Directory {
    const names = path.split('/')
    let directory = this.#openEntry(names[0] as string)
    for (const name of names.slice(1)) {
      using above = directory
      directory = above.#openEntry(name)
    }
    return directory
  }

  /**
   * A directory of the same owner that a link of this one may lead to, as `pg_wal` and tablespaces do; throws `EACCES` when
   * it belongs to somebody else.
   */
  openLinked(name: string): Directory {
    const target = this.do(() => realpathSync(this.at(name)))
    return this.#refuseOthers(this.isLink(name) ? Directory.open(target) : this.openDirectory(name), name)
  }

  /** A directory of the same owner by its real path; throws `EACCES` when it belongs to somebody else. */
  openOwn(path: string): Directory {
    return this.#refuseOthers(Directory.open(path))
  }

  names(): string[] {
    return this.do(() => readdirSync(this.held))
  }

  entries(): Dirent[] {
    return this.do(() => readdirSync(this.held, { withFileTypes: true }))
  }

  /** Of an entry itself, not of what a link leads to; undefined when there is none. */
  look(name: string): Stats | undefined {
    return this.do(() => lstatSync(this.at(name), { throwIfNoEntry: false }))
  }

  isLink(name: string): boolean {
    return this.look(name)?.isSymbolicLink() === true
  }

  /** What a link says. */
  readLink(name: string): string {
    return this.do(() => readlinkSync(this.at(name)))
  }

  /**
   * The descriptor of a file to be read; whoever called closes it. Throws `ELOOP` for a link, `EINVAL` for what is no regular
   * file, `EACCES` for another's.
   */
  openFile(name: string, how: number = flags.read): number {
    const file = this.do(() => openSync(this.at(name), how))
    try {
      const found = fstatSync(file)
      const path = join(this.path, name)
      if (!found.isFile()) throw systemError('EINVAL', `${path} is no regular file`, 'open')
      if (isRoot() && found.uid !== this.stats.uid)
        throw systemError('EACCES', `${path} belongs to another user than its directory (uid ${found.uid})`, 'open')
      return file
    } catch (error) {
      closeSync(file)
      throw error
    }
  }

  /** The same for reading large files by and by. */
  async openHandle(name: string): Promise<FileHandle> {
    const file = this.openFile(name)
    try {
      return await open(isLinux ? pathOf(file) : this.at(name))
    } finally {
      closeSync(file)
    }
  }

  /** A whole file; throws what `openFile` throws, and `EFBIG` for one with more bytes. */
  read(name: string, limit: number = mostBytes): Buffer {
    return withDescriptor(this.openFile(name), (file) => readWhole(file, join(this.path, name), limit))
  }

  /** The same as text; undefined when there is no such file. */
  readText(name: string, limit: number = mostBytes): string | undefined {
    try {
      return this.read(name, limit).toString('utf8')
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined
      throw error
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }

  #refuseOthers(directory: Directory, name?: string): Directory {
    if (!isRoot() || directory.stats.uid === this.stats.uid) return directory
    directory[Symbol.dispose]()
    const led = name === undefined ? directory.path : `${join(this.path, name)} leads to ${directory.path}, which`
    throw systemError('EACCES', `${led} belongs to another user`, 'open')
  }

  #openEntry(name: string): Directory {
    return new Directory(
      this.do(() => openSync(this.at(name), flags.directory)),
      join(this.path, name),
    )
  }
}

/** `/proc/self/fd/21/base` says nothing to people. */
function readably<T>(held: string, path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (isSystemError(error) && held !== path) {
      error.message = error.message.replaceAll(held, path)
      if (error.path !== undefined) error.path = error.path.replace(held, path)
    }
    throw error
  }
}
