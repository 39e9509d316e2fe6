import { dataDirectoryOf } from '../elsewhere/copy-folder.ts'
import { messageOf } from '../errors/message-of.ts'
import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { isSeeded, standbyStore } from '../records/standby-record.ts'
import type { ForkStatus } from '../records/transitions.ts'
import { findStandbyServer } from '../standby/standby-server.ts'

/** What `listStandbys` says about a standby, without asking its primary. */
export interface StandbySummary {
  readonly name: string
  /** `creating` and `removing`: it is being done, failed, or was interrupted. */
  readonly status: Exclude<ForkStatus, 'resetting'>
  /** Undefined if that can't be known from here. */
  readonly isRunning: boolean | undefined
  readonly createdAt: Date
  readonly primary: { readonly host: string; readonly port: number; readonly user: string }
  readonly slot: string | undefined
  readonly major: number
  readonly port: number | undefined
  readonly directory: string
  readonly dataDirectory: string | undefined
}

/** All standbys of this state directory, oldest first. `onWarning` is told of a record that can't be read; it is left out. */
export async function listStandbys(options: OperationOptions = {}): Promise<StandbySummary[]> {
  checkOptions('listStandbys', options, operationShape)
  const operation = await startOperation(options)
  const store = standbyStore(operation.state)
  const found: StandbySummary[] = []
  for (const name of await store.names())
    try {
      const record = await store.find(name)
      if (record === undefined) continue
      const { createdAt, primary, current, status, slot, major, port, directory } = record
      const { host, user } = primary
      const server = isSeeded(record) ? await findStandbyServer(operation, record).catch(() => undefined) : undefined
      found.push({
        ...{ name, status, slot, major, port, directory },
        isRunning: !isSeeded(record)
          ? false
          : server === undefined || server.status === 'hidden'
            ? undefined
            : server.status === 'running',
        createdAt: new Date(createdAt),
        primary: { host, port: primary.port, user },
        dataDirectory: current && dataDirectoryOf(current),
      })
    } catch (error) {
      operation.warn(`The standby ${name} is not listed. ${messageOf(error)}`)
    }
  return found.sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime())
}
