import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file without a name, for the output of a command that may outlive us: a pipe that nobody reads any more would kill it. */
export class OutputFile implements Disposable {
  readonly descriptor: number

  constructor() {
    const path = join(tmpdir(), `pgfork-output-${randomBytes(8).toString('hex')}`)
    this.descriptor = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
  }

  /** As execa returns output: without a line break at its end. */
  read(): string {
    const content = Buffer.alloc(fstatSync(this.descriptor).size)
    const length = readSync(this.descriptor, content, 0, content.length, 0)
    return content.toString('utf8', 0, length).replace(/\r?\n$/, '')
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor)
  }
}
