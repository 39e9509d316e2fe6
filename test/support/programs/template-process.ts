import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { checkout, programArguments } from './program.ts'
import type { TemplateProgramRequest } from './template-program.ts'

export interface TemplateProcess {
  readonly child: ChildProcess
  /** What it printed when it had what it was asked for. */
  readonly answer: Promise<{ readonly template: string; readonly pids: readonly number[] }>
  kill(): Promise<void>
}

/** Another process that uses templates. */
export function startTemplateProcess(request: TemplateProgramRequest): TemplateProcess {
  const child = spawn(process.execPath, programArguments('template-program', request), {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const answer = (async () => {
    for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line)
    throw new Error(`The process ended before it had its servers (${child.exitCode ?? child.signalCode}).`)
  })()
  answer.catch(() => {})
  return {
    child,
    answer,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
