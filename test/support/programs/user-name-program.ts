import process from 'node:process'
import { callerName, userName } from '../../../packages/core/src/process/user-name.ts'

// Run as a program of its own: says what this process's user is called.
process.stdout.write(JSON.stringify([callerName(), (await userName(process.geteuid?.() ?? -1)) ?? null]))
