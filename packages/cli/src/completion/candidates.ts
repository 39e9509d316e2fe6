import { errorCodes } from '@pgfork/core'
import type { Command } from 'commander'
import { driverNames } from '../context/make-drivers.ts'
import { completionScripts } from './scripts.ts'

/** Names that are known only when they are asked for. */
export interface KnownNames {
  forks(): Promise<readonly string[]>
  snapshots(): Promise<readonly string[]>
  standbys(): Promise<readonly string[]>
  imports(): Promise<readonly string[]>
}

/**
 * What may come next on a command line.
 *
 * @param words after `pgfork`; the last one is under way, and may be empty
 */
export async function candidates(program: Command, words: readonly string[], names: KnownNames): Promise<string[]> {
  const before = words.slice(0, -1)
  const current = words.at(-1) ?? ''
  // What follows is another program's.
  if (before.includes('--')) return []
  const { command, rest } = findCommand(program, before)
  const all = await candidatesOf(command, rest, current, names)
  return all.filter((candidate) => candidate.startsWith(current))
}

function findCommand(program: Command, words: readonly string[]) {
  let command = program
  let rest = [...words]
  for (;;) {
    const found = command.commands.find((one) => [one.name(), ...one.aliases()].includes(rest[0] ?? ''))
    if (found === undefined) return { command, rest }
    command = found
    rest = rest.slice(1)
  }
}

async function candidatesOf(command: Command, rest: readonly string[], current: string, names: KnownNames) {
  const previous = command.options.find(({ long }) => long !== undefined && long === rest.at(-1))
  if (previous?.required) return valuesOf(previous.long ?? '', names)
  if (current.startsWith('-')) return command.options.map(({ long }) => long ?? '').filter((long) => long !== '')
  const [argument] = command.registeredArguments
  if (argument?.name() === 'shell') return Object.keys(completionScripts)
  if (argument?.name() === 'topic') return rest.length > 0 ? [] : Object.keys(errorCodes)
  if (argument?.name() === 'name' && rest.length > 0) return []
  if (argument?.name() === 'name' || argument?.name() === 'names') return namesFor(command.parent?.name() ?? '', names)
  return command.commands.map((one) => one.name()).filter((name) => name !== 'complete')
}

/** Of a storage it would take root to know them. */
async function namesFor(group: string, names: KnownNames): Promise<readonly string[]> {
  if (group === 'storage') return []
  if (group === 'snapshot') return names.snapshots()
  if (group === 'standby') return names.standbys()
  return group === 'import' ? names.imports() : names.forks()
}

async function valuesOf(option: string, names: KnownNames): Promise<readonly string[]> {
  if (option === '--fork') return names.forks()
  if (option === '--snapshot') return names.snapshots()
  if (option === '--standby') return names.standbys()
  if (option === '--import') return names.imports()
  if (option === '--driver') return driverNames
  return []
}
