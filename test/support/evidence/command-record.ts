import type { CommandCall, Trouble } from './trouble.ts'

/** One command that went through a recording runner. Filled in as it goes on. */
export interface CommandRecord extends CommandCall {
  readonly kind: 'run' | 'start'
  readonly uid: number | undefined
  readonly trouble: Trouble | undefined
  /** Undefined while it runs; of a started process, until it has ended. */
  outcome: string | undefined
  durationMs: number | undefined
  stderr: string
  /** Of a started process: what it wrote, as far as it has been read. */
  output: string
}

export function formatRecord({
  number,
  file,
  args,
  kind,
  uid,
  trouble,
  outcome,
  durationMs,
  stderr,
  output,
}: CommandRecord): string {
  const facts = [
    kind === 'start' ? 'started' : undefined,
    uid === undefined ? undefined : `uid ${uid}`,
    trouble === undefined ? undefined : `trouble: ${typeof trouble === 'string' ? trouble : 'function'}`,
    durationMs === undefined ? undefined : `${durationMs.toFixed(0)} ms`,
    outcome ?? 'still running',
  ].filter((fact) => fact !== undefined)
  const texts = [stderr, output]
    .filter((text) => text.trim() !== '')
    .map((text) => `\n${text.trimEnd().replace(/^/gm, '      ')}`)
  return `${String(number).padStart(4)}  ${[file, ...args].join(' ')}  [${facts.join(', ')}]${texts.join('')}`
}
