import { dataDirectoryOf } from '../elsewhere/copy-folder.ts'
import { type Operation, type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { isRunning } from '../postgres/server/is-running.ts'
import { isSeeded, type StandbyRecord, standbyStore } from '../records/standby-record.ts'
import type { ForkStatus } from '../records/transitions.ts'
import { serverOf } from '../standby/standby-server.ts'

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
  const records = await standbyStore(operation.state).list(operation.warn)
  return Promise.all(records.map((record) => summaryOf(operation, record)))
}

async function summaryOf({ launcher }: Operation, record: StandbyRecord): Promise<StandbySummary> {
  const { name, createdAt, primary, current, status, slot, major, port, directory } = record
  const { host, user } = primary
  return {
    ...{ name, status, slot, major, port, directory },
    isRunning: isSeeded(record) ? await isRunning(launcher, serverOf(record)) : false,
    createdAt: new Date(createdAt),
    primary: { host, port: primary.port, user },
    dataDirectory: current && dataDirectoryOf(current),
  }
}
