import { ftruncateSync } from 'node:fs'
import { flags, withDescriptor } from './descriptor.ts'
import type { Directory } from './directory.ts'

/** Throws what `openFile` throws. */
export const emptyFile = (directory: Directory, name: string): void =>
  withDescriptor(directory.openFile(name, flags.write), (file) => ftruncateSync(file, 0))
