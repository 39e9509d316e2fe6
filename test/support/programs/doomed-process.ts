import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { CreateStandbyOptions, ImportDatabaseOptions, SourceOptions, StepName } from '@pgfork/core'
import type { RbdOptions } from '@pgfork/driver-rbd'
import { checkout, programArguments } from './program.ts'

/** Where a process that makes, resets and destroys a fork kills itself. Commands and events are counted from 1. */
export interface Death {
  /** Just before a command, with it under way, right after it; or at an event of `onProgress`. */
  readonly at: 'before' | 'during' | 'after' | 'event'
  readonly number: number
}

export interface DoomedLife {
  readonly source: string | SourceOptions
  readonly stateDirectory: string
  readonly name: string
  readonly death?: Death
  /** Of its driver; without them it is that for Btrfs. */
  readonly rbd?: RbdOptions
}

/** Of a process that imports databases, onto Btrfs. */
export type DoomedImport = Omit<ImportDatabaseOptions, 'driver' | 'runner' | 'onProgress'> & { readonly death?: Death }

/** Of a process that makes a standby, on Btrfs, or seeds it anew, and ends where this step begins. */
export type DoomedStandby = Omit<CreateStandbyOptions, 'driver' | 'runner' | 'onProgress'> & {
  readonly step: StepName
  readonly reseeds?: boolean
}

export interface LifeLength {
  readonly commands: number
  readonly events: number
}

/** A whole life, that nobody ends. */
export const measureLife = (life: Omit<DoomedLife, 'death'>): Promise<LifeLength> => measure('doomed-program', life)

export const measureImport = (life: Omit<DoomedImport, 'death'>): Promise<LifeLength> =>
  measure('doomed-import-program', life)

async function measure(program: string, life: object): Promise<LifeLength> {
  const { signal, output, errors } = await live(program, life)
  if (signal !== null || output === '') throw new Error(`An undisturbed life failed:\n${errors}`)
  return JSON.parse(output) as LifeLength
}

/** @returns whether it was killed; it may have come to its end before. @throws Error when it failed in another way */
export const liveUntilKilled = (life: DoomedLife, afterMs?: number): Promise<boolean> =>
  untilKilled('doomed-program', life, afterMs)

export const standbyUntilKilled = (life: DoomedStandby): Promise<boolean> => untilKilled('doomed-standby-program', life)

export const importUntilKilled = (life: DoomedImport): Promise<boolean> => untilKilled('doomed-import-program', life)

async function untilKilled(program: string, life: object, afterMs?: number): Promise<boolean> {
  const { exitCode, signal, errors } = await live(program, life, afterMs)
  if (signal === null && exitCode !== 0) throw new Error(`It was to be killed and failed:\n${errors}`)
  return signal === 'SIGKILL'
}

async function live(program: string, life: object, afterMs?: number) {
  const child = spawn(process.execPath, programArguments(program, life), {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors, [exitCode, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
    afterMs === undefined ? undefined : delay(afterMs).then(() => child.kill('SIGKILL')),
  ])
  return { exitCode, signal, output, errors }
}
