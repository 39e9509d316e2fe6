import { expect } from 'vitest'
import type { RunCommand } from './run-command.ts'

interface Life {
  /** The storage driver that everything is to be made by. */
  readonly driver: string
  /** It is the one that is found. Otherwise it has to be named. */
  readonly isFound: boolean
}

/** What is at stake with any driver: what is there is seen, made anew, collected and removed. */
export async function briefLifeWithDriver(pgfork: RunCommand, driver: string): Promise<void> {
  const perform = async (...args: string[]) => {
    const outcome = await pgfork([...args, '--json'])
    expect(outcome.status, `${args.join(' ')}: ${outcome.stdout}`).toBe(0)
    return outcome.json()
  }
  await perform('snapshot', 'create', '--driver', driver, '--name', 'monday')
  await perform('create', '--snapshot', 'monday', '--name', 'two')
  expect(await perform('list')).toMatchObject({ forks: [{ name: 'two', drivers: [driver] }] })
  await perform('reset', 'two', '--yes')
  await perform('create', '--snapshot', 'monday', '--name', 'short', '--ttl', '0.001s')
  expect(await perform('gc')).toMatchObject({ garbage: [{ name: 'short', isRemoved: true }], warnings: [] })
  await perform('destroy', 'two', '--yes')
  await perform('snapshot', 'destroy', 'monday', '--yes')
}

/**
 * Every command once, on what a driver made: it finds it, changes it and removes it, without being told again which driver that was. Nothing
 * is left. Source and state directory are those of the environment of `pgfork`.
 */
export async function liveWithDriver(pgfork: RunCommand, { driver, isFound }: Life): Promise<void> {
  const words = isFound ? [] : ['--driver', driver]
  const perform = async <Document>(...args: string[]) => {
    const outcome = await pgfork([...args, '--json'])
    expect(outcome.status, `${args.join(' ')}: ${outcome.stdout}`).toBe(0)
    return outcome.json<Document>()
  }
  const namesOf = (items: readonly { name: string }[]) => items.map(({ name }) => name)

  const { findings } = await perform<{ findings: { check: string; message: string }[] }>('doctor', ...words)
  expect(findings).toContainEqual(
    expect.objectContaining({ check: 'source.driver', message: expect.stringMatching(`^${driver}: `) }),
  )
  const dry = await perform('create', ...words, '--name', 'one', '--dry-run')
  expect(dry).toMatchObject({ isMade: false })
  expect(await perform('create', ...words, '--name', 'one')).toMatchObject({ drivers: [driver], isRunning: true })
  expect(await perform('snapshot', 'create', ...words, '--name', 'monday')).toMatchObject({ drivers: [driver] })
  expect(await perform('create', '--snapshot', 'monday', '--name', 'two')).toMatchObject({ drivers: [driver] })
  expect(await perform('create', '--fork', 'two', '--name', 'three')).toMatchObject({ name: 'three' })
  await perform('destroy', 'three', '--yes')
  expect(await pgfork(['run', '--snapshot', 'monday', '--quiet', '--', 'true'])).toMatchObject({ status: 0 })

  const { forks } = await perform<{ forks: { name: string }[] }>('list')
  expect(namesOf(forks)).toEqual(['one', 'two'])
  expect((await pgfork(['list', '--prometheus'])).stdout).toMatch(
    new RegExp(`^pgfork_pool_size_bytes\\{driver="${driver}"`, 'm'),
  )
  const { sources } = await perform<{ sources: { made: { name: string }[] }[] }>('tree')
  expect(sources.flatMap(({ made }) => namesOf(made)).sort()).toEqual(['monday', 'one', 'two'])
  expect(await perform('show', 'two')).toMatchObject({ drivers: [driver] })
  expect(await perform('url', 'two')).toMatchObject({ connectionString: expect.stringContaining('postgresql://') })
  for (const step of [['stop'], ['start'], ['protect'], ['protect', '--off'], ['reset', '--yes']])
    expect(await perform(step[0] ?? '', 'two', ...step.slice(1))).toEqual({ done: ['two'], failed: [], warnings: [] })

  expect(await perform('snapshot', 'list')).toMatchObject({ snapshots: [{ name: 'monday', drivers: [driver] }] })
  expect(await perform('snapshot', 'prune', '--keep', '1x1d', '--dry-run')).toMatchObject({ expired: [] })
  await perform('create', ...words, '--name', 'short', '--ttl', '0.001s')
  const { garbage } = await perform<{ garbage: { name: string; isRemoved: boolean }[] }>('gc')
  expect(garbage).toContainEqual(expect.objectContaining({ name: 'short', isRemoved: true }))

  await perform('destroy', 'one', 'two', '--yes')
  await perform('snapshot', 'destroy', 'monday', '--yes')
  expect(await perform('gc')).toMatchObject({ garbage: [], warnings: [] })
}
