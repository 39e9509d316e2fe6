#!/usr/bin/env node
import process from 'node:process'
import { main } from './main.ts'
import { exitStatus } from './output/exit-status.ts'
import { surviveLostOutput } from './output/survive-lost-output.ts'
import { terminal } from './output/terminal.ts'

terminal.keepConsoleOff()
const isLost = surviveLostOutput()
const status = await main(process.argv.slice(2))
process.exitCode = status || (isLost() ? exitStatus.failed : exitStatus.done)
