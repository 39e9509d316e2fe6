import { beginCopy } from '../elsewhere/begin-copy.ts'
import { checkNewFolder, checkRoom, makeCopyFolder, makePassfile, planGeneration } from '../elsewhere/copy-folder.ts'
import { findPrograms } from '../elsewhere/find-programs.ts'
import { inheritElsewhere } from '../elsewhere/inherit-elsewhere.ts'
import { keepingWal, makeSlot } from '../elsewhere/replication.ts'
import { randomCharacters } from '../names/random-characters.ts'
import { type Operation, startOperation, withoutSignal } from '../operation/operation.ts'
import { checkOptions } from '../options/check-options.ts'
import { planOutsideFolder } from '../postgres/files/socket-directory.ts'
import { checkGivenSettings } from '../postgres/settings/fork-settings.ts'
import { identifySelf } from '../process/process-identity.ts'
import { claimForkPort } from '../records/claim-numbers.ts'
import { withNameLock } from '../records/name-lock.ts'
import { type SeededStandby, standbyStore } from '../records/standby-record.ts'
import { checkPrimary, type Primary } from '../standby/check-primary.ts'
import { refuseOwnMachine } from '../standby/refuse-own-machine.ts'
import { removeStandby } from '../standby/remove-standby.ts'
import { seed } from '../standby/seed.ts'
import type { Standby } from '../standby/standby.ts'
import { standbyHandle } from '../standby/standby-handle.ts'
import { startStandbyServer, waitUntilStreaming } from '../standby/standby-server.ts'
import { makeOwnPlace } from '../standby/write-standby-files.ts'
import { removeCutOff } from '../upkeep/garbage/remove-cut-off.ts'
import { refuseExisting } from './new-name.ts'
import type { CreateStandbyOptions } from './options/copy-options.ts'
import { type GivenCopy, readCopy } from './options/read-copy.ts'
import { createStandbyShape } from './options/shapes.ts'

/**
 * Makes a streaming standby, here, of a server elsewhere: by a base backup onto storage of this machine, of which forks are made as of any
 * other server. PostgreSQL keeps it up to date by itself, also when this process has ended; after a reboot somebody calls `start()`.
 * A failure or an abort leaves nothing behind, here or there; what a killed process left of this name is removed first.
 *
 * @example
 * const standby = await createStandby({
 *   name: 'production',
 *   from: 'postgresql://replicator@db.example.org/shop?sslmode=require',
 *   directory: '/srv/pg/production',
 * })
 * await using fork = await createFork({ source: standby })
 *
 * @throws PgforkError `ACCESS_REFUSED`, `CONNECTION_REQUIRED`, `SETTING_REFUSED`, `BINARIES_NOT_FOUND`, `STANDBY_NOT_STREAMING`, ..
 */
export async function createStandby(options: CreateStandbyOptions): Promise<Standby> {
  checkOptions('createStandby', options, createStandbyShape)
  const operation = await startOperation(options)
  const { steps, runner, state, later } = operation
  const given = await steps.guard(() => readCopy(options, runner))
  const applicationName = `pgfork_${given.name.replaceAll(/[^a-z0-9]/g, '_')}_${randomCharacters(5)}`
  const make = async (): Promise<SeededStandby> => {
    const primary = await steps.run('inspect', () => inspect(operation, given, options, applicationName))
    const standby = await steps.run('plan', () => begin(operation, given, options, { primary, applicationName }))
    const { slot } = standby
    const started = await keepingWal(given.reach, operation.sourceBounds, standby.major, async () => {
      await steps.run('seed', async () => {
        if (slot !== undefined) await makeSlot(given.reach, operation.sourceBounds, slot)
        const { maxBytesPerSecond } = options
        const { tablespaces } = primary
        await seed(operation, { standby, generation: standby.current, tablespaces, maxBytesPerSecond })
      })
      return steps.run('stream', async () => {
        makeOwnPlace(standby)
        const running = await startStandbyServer(operation, standby)
        await standbyStore(state).change(running)
        await waitUntilStreaming(operation, running)
        return running
      })
    })
    return steps.run('ready', async () => (await standbyStore(state).markReady(started)) as SeededStandby)
  }
  // Guarded within the lock as well, under which it is to be undone.
  const made = await steps.guard(() => withNameLock(operation, given.name, () => steps.guard(make)))
  // The signal was for making it.
  return standbyHandle(made, withoutSignal(later))
}

interface InspectedPrimary extends Primary {
  readonly binDirectory: string
}

/** All that can be refused is, before anything is made. */
async function inspect(
  operation: Operation,
  { name, directory, owner, reach, address }: GivenCopy,
  { slot = false, binDirectory, primaryIsHere = false }: CreateStandbyOptions,
  applicationName: string,
): Promise<InspectedPrimary> {
  const { runner, sourceBounds } = operation
  await removeCutOff(operation, name)
  await refuseExisting(operation, name)
  checkNewFolder(directory)
  if (!primaryIsHere) await refuseOwnMachine(address, owner)
  const primary = await checkPrimary(reach, sourceBounds, { usesSlot: slot, applicationName })
  const otherwise = 'A standby has the major version of its primary; importDatabase() copies into a later one, too.'
  const programs = ['pg_basebackup']
  const { major } = primary
  const found = await findPrograms({ major, owner, binDirectory, programs, otherwise }, runner)
  await checkRoom(directory, primary.databaseBytes)
  return { ...primary, binDirectory: found }
}

/** From here on there is a record of what is made: folder, passfile, port; and of the slot and the volume to come. */
async function begin(
  operation: Operation,
  { name, address, directory, owner, reach, passfile }: GivenCopy,
  { slot, port: wish, settings }: CreateStandbyOptions,
  { primary, applicationName }: { readonly primary: InspectedPrimary; readonly applicationName: string },
): Promise<SeededStandby> {
  const { runner, state, steps } = operation
  const store = standbyStore(state)
  const { systemIdentifier, major, binDirectory, superuser, walSettings } = primary
  const maker = await identifySelf(runner)
  const record = await beginCopy(operation, directory, () =>
    store.begin({
      ...{ version: 1, name, createdAt: new Date().toISOString(), maker },
      ...{ directory, owner, primary: address, applicationName, systemIdentifier, major, binDirectory, walSettings },
      ...(passfile === undefined ? {} : { passfile }),
      ...(slot === true ? { slot: applicationName } : {}),
      role: superuser ?? 'postgres',
      outsideDirectory: planOutsideFolder(),
      settings: checkGivenSettings(settings ?? {}),
      inherited: inheritElsewhere(primary.settings),
      current: planGeneration(directory, []),
      retired: [],
    }),
  )
  steps.onUndo(() => removeStandby(operation, record))
  const port = await claimForkPort(state, name, wish)
  const recorded = await store.change({ ...record, port })
  makeCopyFolder(directory)
  makePassfile(passfile, reach, owner)
  return recorded as SeededStandby
}
