import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { PgforkError } from '@pgfork/core'
import { checkConfig } from './check-config.ts'
import { checkTrust } from './check-trust.ts'
import { findConfig } from './find-config.ts'
import type { PgforkConfig } from './pgfork-config.ts'

export interface LoadedConfig {
  /** Undefined where there is none. */
  readonly file: string | undefined
  readonly config: PgforkConfig
}

/**
 * @param given a path, or `false` for none. Default: `PGFORK_CONFIG`, else the first found upwards from the working directory
 * @throws PgforkError `INVALID_OPTION`, `PERMISSION_DENIED`
 */
export async function loadConfig(given: string | false | undefined): Promise<LoadedConfig> {
  if (given === false) return { file: undefined, config: {} }
  const named = given ?? (process.env.PGFORK_CONFIG || undefined)
  const file = named === undefined ? findConfig(workingFolder()) : resolve(named)
  if (file === undefined) return { file, config: {} }
  return { file, config: checkConfig(await read(file), file) }
}

/** It may have been removed, as a worktree is, with a shell still in it. */
function workingFolder(): string {
  try {
    return process.cwd()
  } catch (error) {
    throw new PgforkError(
      'INVALID_OPTION',
      'The working directory is gone, so that no configuration can be looked for. Go to another one, or leave it out (--no-config).',
      { facts: { option: '--config' }, cause: error },
    )
  }
}

async function read(file: string): Promise<unknown> {
  try {
    checkTrust(file)
    return file.endsWith('.json') ? JSON.parse(readFileSync(file, 'utf8')) : await run(file)
  } catch (error) {
    if (error instanceof PgforkError) throw error
    throw new PgforkError('INVALID_OPTION', `The configuration ${file} cannot be read: ${messageOf(error)}`, {
      facts: { option: file },
      cause: error,
    })
  }
}

/** Node 20 runs no TypeScript. jiti is loaded only where there is such a file. */
async function run(file: string): Promise<unknown> {
  const { createJiti } = await import('jiti')
  const jiti = createJiti(import.meta.url, {
    // Its cache may lie in /tmp, where others could put code for us (H62).
    fsCache: false,
    // So that `import { defineConfig } from 'pgfork'` works where the command is installed for all projects.
    alias: { pgfork: fileURLToPath(new URL('./index.js', import.meta.url)) },
  })
  return endsInTime(jiti.import(file, { default: true }))
}

/** Node ends, with a status of its own and without a word, where a module waits and nothing is left that could happen. */
async function endsInTime<Value>(imported: Promise<Value>): Promise<Value> {
  let tellEnd = (): void => {}
  const drained = new Promise<never>((_, reject) => {
    tellEnd = () => reject(new Error('it waits for something that never comes.'))
    process.once('beforeExit', tellEnd)
  })
  return Promise.race([imported, drained]).finally(() => process.off('beforeExit', tellEnd))
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
