import { removeCopyFolder } from '../elsewhere/copy-folder.ts'
import { reachByPassfile } from '../elsewhere/reach-by-passfile.ts'
import { dropSlot } from '../elsewhere/replication.ts'
import { messageOf } from '../errors/message-of.ts'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import { removeOutsideFolder } from '../postgres/files/socket-directory.ts'
import { isSeeded, type StandbyRecord, standbyStore } from '../records/standby-record.ts'
import { releasePorts } from '../state/claim-port.ts'
import { stopStandbyServer } from './standby-server.ts'

export interface RemovalOptions {
  /** The caller's word that there is no primary any more, and so no slot. */
  readonly isPrimaryGone?: boolean | undefined
}

/**
 * Removes a standby in whatever state it is, under the lock of its name: its server, its slot on the primary, its files, its port; its record
 * last, so that a failure leaves it to be found. Succeeds when there is none.
 */
export async function removeStandby(
  operation: Operation,
  standby: StandbyRecord,
  options: RemovalOptions = {},
): Promise<void> {
  const { state } = operation
  const store = standbyStore(state)
  const current = await store.findSame(standby)
  if (current === undefined) return
  const removed = await store.markRemoving(current)
  await endServers(operation, current)
  if (options.isPrimaryGone !== true) await dropOwnSlot(operation, current)
  const { current: used, next, retired, name, outsideDirectory, owner } = current
  await removeCopyFolder(operation, current, [...retired, next, used])
  removeOutsideFolder(outsideDirectory, owner)
  await releasePorts(state, name)
  await store.forget(removed)
}

/** Killed in the middle of a switch, either generation may have the server. */
async function endServers(operation: Operation, standby: StandbyRecord): Promise<void> {
  const { current, next, port } = standby
  for (const generation of [current, next])
    if (generation !== undefined && port !== undefined) {
      const seeded = { ...standby, current: generation, port }
      if (isSeeded(seeded)) await stopStandbyServer(operation, seeded, 'immediate')
    }
}

/** A slot that nobody uses any more keeps WAL on the primary up to its bound (H94). */
async function dropOwnSlot(operation: Operation, standby: StandbyRecord): Promise<void> {
  const { slot, primary, passfile, owner } = standby
  if (slot === undefined) return
  const { timeouts, sourceBounds } = operation
  // Undoing isn't given up with the operation.
  const bounds = { timeoutMs: Math.min(timeouts.sourceStatementMs, sourceBounds.timeoutMs, 60_000) }
  const reach = await reachByPassfile(primary, passfile, owner, operation.cleanupContext().runner)
  await dropSlot(reach, bounds, slot).catch((error: unknown) => {
    throw new PgforkError(
      isPgforkError(error) ? error.code : 'CONNECTION_REQUIRED',
      `The slot ${slot} on ${primary.host} could not be dropped: ${messageOf(error)} Try again when it can be reached, or run there ` +
        `SELECT pg_drop_replication_slot('${slot}'), and destroy({ isPrimaryGone: true }).`,
      { hazard: 'H94', facts: { name: standby.name, slot, host: primary.host }, cause: error },
    )
  })
}
