import { invalidOption } from '../errors/invalid-option.ts'
import { buildFork } from '../fork/build-fork.ts'
import type { Fork } from '../fork/fork.ts'
import { forkHandle } from '../fork/fork-handle.ts'
import { removeFork } from '../fork/remove-fork.ts'
import type { Operation, OperationOptions } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { pickOptions } from '../options/pick-options.ts'
import { formatConfiguration } from '../postgres/files/configuration-file.ts'
import { recoverySettingsFor } from '../postgres/files/recovery-files.ts'
import { type NeutralizedSettings, neutralizeWorkers } from '../postgres/settings/background-workers.ts'
import { forkSettings } from '../postgres/settings/fork-settings.ts'
import { roomForRecovery } from '../postgres/settings/room-for-recovery.ts'
import { warningsOfSettings } from '../postgres/settings/warn-of-settings.ts'
import { warningsOfTcpAccess } from '../postgres/settings/warn-of-tcp-access.ts'
import { type ForkRecord, forkStore } from '../records/fork-record.ts'
import { snapshotStore } from '../records/snapshot-record.ts'
import { type ForkRequest, planFork } from './plan-fork.ts'

/** A fork that is recorded, and nothing else of it yet. */
export interface BegunFork {
  readonly planned: ForkRecord
  readonly workers: NeutralizedSettings
}

/** Checks what is wanted of a fork and records it, before its first side effect. Its snapshot may still be taken. */
export async function beginFork(operation: Operation, request: ForkRequest): Promise<BegunFork> {
  const { resolved, snapshot } = request
  const { state, steps } = operation
  if (!resolved.afterStart.connects && !snapshot.source.isClean)
    throw invalidOption('verify.connect', 'left out for a source that was not stopped cleanly', false)
  const workers = neutralizeWorkers(snapshot.settings, resolved.backgroundWorkers)
  const warnings = [...workers.warnings, ...warningsOfSettings(resolved.settings)]
  for (const warning of [...warnings, ...warningsOfTcpAccess(snapshot.tcpAccess)]) operation.warn(warning)
  const planned = await forkStore(state).begin({
    ...planFork(request, state.identity),
    leftOut: [...workers.leftOut],
    changes: [...workers.changes],
  })
  steps.onUndo(() => removeFork(operation, planned))
  return { planned, workers }
}

/** What all ways to a fork share, from its first clone to its handle. */
export async function forkFromSnapshot(
  operation: Operation,
  request: ForkRequest,
  { planned, workers }: BegunFork,
): Promise<Fork> {
  const { resolved, name, source, ownsSnapshot, snapshot } = request
  const { afterStart } = resolved
  const { state, steps } = operation
  const sharesFileSystem = await operation.drivers.clonesShareFileSystem(snapshot.copies)
  const { record, server, verification } = await buildFork(operation, {
    snapshot,
    fork: planned,
    ...(ownsSnapshot ? { besideClones: () => snapshotStore(state).markReady(snapshot) } : {}),
    timeline: resolved.timeline,
    moment: resolved.moment,
    port: resolved.port,
    configuration(port, socketDirectory, needs, moment) {
      const settings = forkSettings({
        ...{ major: snapshot.source.major, name, port, socketDirectory, sharesFileSystem },
        durability: resolved.durability,
        inherited: workers.settings,
        given: resolved.settings,
      })
      return formatConfiguration({
        ...settings,
        ...recoverySettingsFor(snapshot.source.major, moment?.followed),
        ...roomForRecovery(settings, needs, { major: snapshot.source.major, given: resolved.settings }),
      })
    },
    afterStart,
    source,
  })
  return forkHandle({
    record,
    options: pickOptions<OperationOptions>(operation.later, operationShape),
    pid: server.pid,
    restoreCommands: resolved.moment?.restoreCommands ?? [],
    steps: steps.timings,
    verification,
    afterStart,
  })
}
