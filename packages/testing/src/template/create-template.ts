import process from 'node:process'
import { collectGarbage, PgforkError } from '@pgfork/core'
import { openStateDirectory, type StateDirectory } from '@pgfork/core/companion'
import { isTimeReplaced } from '../clock.ts'
import { checkTemplateOptions, templateShape } from '../options.ts'
import { buildTemplate } from './build-template.ts'
import { type CachedTemplate, useTemplate } from './cached-template.ts'
import { chooseDriver } from './choose-driver.ts'
import { digestKey, resolveKey } from './digest-key.ts'
import { lockTemplate } from './lock-template.ts'
import { makeTemplate } from './make-template.ts'
import { originOf } from './origin.ts'
import { pruneTemplates } from './prune-templates.ts'
import { driverNames, sessionOptions } from './session-options.ts'
import type { Template } from './template.ts'
import { openTemplateDirectory } from './template-directory.ts'
import { templateHandle } from './template-handle.ts'
import type { TemplateOptions } from './template-options.ts'

/**
 * A cluster with everything that tests begin with, from which servers are forked. It is made once for its key and shared by
 * all processes and runs: while one process makes it, the others wait.
 *
 * @example
 * const template = await createTemplate({
 *   key: { files: 'migrations/*.sql' },
 *   setup: ({ connectionString }) => migrate(connectionString),
 * })
 * await using server = await template.fork()
 *
 * @throws PgforkError `SETUP_FAILED` when `setup` threw; `INVALID_OPTION`, `BINARIES_NOT_FOUND`, and what `createFork` throws
 */
export async function createTemplate(given: TemplateOptions): Promise<Template> {
  checkTemplateOptions('createTemplate', given, templateShape)
  const state = await openStateDirectory(given.stateDirectory)
  // What a program does to its environment later leads to no other records (H113), nor to other files.
  const recorded = { ...given, key: resolveKey(given.key), stateDirectory: state.path }
  const options = await withDriver(recorded)
  // What others left is of all drivers.
  const session = sessionOptions(recorded)
  // Left by killed processes. By a test's own time, what others have made may be over (H132).
  const collecting: Promise<unknown> = isTimeReplaced() ? Promise.resolve([]) : collectGarbage(session)
  const collected = collecting.catch((error: unknown) => session.onWarning?.(String(error)))
  try {
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const template = await findOrMake(options, state)
      if (template === undefined) continue
      if (template.isNew && !isTimeReplaced()) await pruneTemplates(session)
      return templateHandle(template, options)
    }
    throw changing()
  } finally {
    await collected
  }
}

/** How often a template is made before it is given up. */
const mostAttempts = 3

interface FoundTemplate extends CachedTemplate {
  readonly isNew: boolean
}

/** @returns undefined when what it depends on has changed while it was made */
async function findOrMake(options: TemplateOptions, state: StateDirectory): Promise<FoundTemplate | undefined> {
  const { key, setup = '', settings = {}, database = '', name: family = 'template' } = options
  const session = sessionOptions(options)
  const origin = await originOf(options, session)
  // The client of `setup` has them as well.
  const { PGOPTIONS = '' } = process.env
  const nameNow = async (): Promise<string> => {
    const rest = [String(setup), settings, database, driverNames(options), PGOPTIONS, await origin.identify()]
    return `${family}-${(await digestKey(key, rest)).slice(0, 12)}`
  }
  const name = await nameNow()
  return lockTemplate(name, session, async () => {
    const known = await useTemplate(state, name, session)
    if (known !== undefined) return { ...known, isNew: false }
    const isCurrent = (): Promise<boolean> =>
      nameNow().then(
        (current) => current === name,
        () => false,
      )
    const made = await makeTemplate(state, name, session, async () =>
      buildTemplate({ name, family, options, isCurrent, ...(await origin.open()) }),
    )
    return made && { ...made, isNew: true }
  })
}

const changing = (): PgforkError =>
  new PgforkError(
    'SETUP_FAILED',
    `The files of the key, or the server's binaries, changed each of the ${mostAttempts} times that the template was made, so that nobody knows what is in it. ` +
      'Try again when they stay as they are. What setup itself writes must not be part of the key.',
    { hazard: 'H129' },
  )

/** With a driver for servers of a template in a folder of ours, if the caller chose none. */
async function withDriver(options: TemplateOptions): Promise<TemplateOptions> {
  if (options.driver !== undefined || options.source !== undefined) return options
  const driver = await chooseDriver(await openTemplateDirectory(options.directory), sessionOptions(options))
  return driver === undefined ? options : { ...options, driver }
}
