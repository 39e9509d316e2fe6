import process from 'node:process'
import { createRunner } from '@pgfork/core'
import { Directory } from '../../../packages/core/src/files/directory.ts'
import { releaseSegments } from '../../../packages/core/src/postgres/server/posix-shared-memory.ts'

// Run as a program of its own: does what is done where a server of this process's user was killed.
const [uid = 0, gid = 0] = [process.geteuid?.(), process.getegid?.()]
using dataDirectory = Directory.open(String(JSON.parse(process.argv[2] ?? '')))
await releaseSegments(dataDirectory, { uid, gid }, createRunner())
