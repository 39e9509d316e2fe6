import type { Directory } from '../../files/directory.ts'
import { layOut } from './record-layout.ts'
import { isPreparation, readTransactionEnd } from './transaction-end.ts'
import type { WalRecord } from './wal-record.ts'

/** `RM_XACT_ID` (rmgrlist.h) and `XLOG_XACT_*` (xact.h), the same from 10 to 18. */
const transactionResourceManager = 1
const operationMask = 0x70
const endOperations: readonly number[] = [0x30, 0x40]

/** A lock's share of what is written of a prepared transaction: `TwoPhaseRecordOnDisk` and `TwoPhaseLockRecord`, aligned. */
const bytesPerLock = 32

/** A prepared transaction that a cluster's files have: the lower 32 bits of its number, and the size of its file. */
export interface PreparedFile {
  readonly transaction: number
  readonly bytes: number
}

/** Files of `pg_twophase` have the transaction's number as name, of 64 bits from 17 on. */
function parsePreparedFile(name: string): number | undefined {
  return /^(?:[0-9A-F]{8}|[0-9A-F]{16})$/.test(name) ? Number.parseInt(name.slice(-8), 16) : undefined
}

/** Those that were prepared before the last checkpoint of a cluster. */
export function readPreparedFiles(dataDirectory: Directory): PreparedFile[] {
  using folder = dataDirectory.openDirectory('pg_twophase')
  return folder.names().flatMap((name) => {
    const transaction = parsePreparedFile(name)
    return transaction === undefined ? [] : [{ transaction, bytes: folder.look(name)?.size ?? 0 }]
  })
}

/** Which prepared transactions recovery has to bring back, and how many locks they take at most. */
export class PreparedTransactions {
  readonly #major: number
  readonly #bytes: Map<number, number>
  #most: number

  constructor(major: number, files: readonly PreparedFile[]) {
    this.#major = major
    this.#bytes = new Map(files.map(({ transaction, bytes }) => [transaction, bytes]))
    this.#most = this.#bytes.size
  }

  visit(record: WalRecord): void {
    if (record.resourceManager !== transactionResourceManager) return
    const operation = record.info & operationMask
    if (isPreparation(record)) {
      this.#bytes.set(record.transaction, layOut(record, this.#major).mainDataBytes)
      this.#most = Math.max(this.#most, this.#bytes.size)
    } else if (endOperations.includes(operation)) {
      const end = readTransactionEnd(record, this.#major)
      if (end !== undefined) this.#bytes.delete(end.transaction)
    }
  }

  /** So many recovery knows at once at most. */
  get most(): number {
    return this.#most
  }

  get mostLocks(): number {
    let bytes = 0
    for (const each of this.#bytes.values()) bytes += each
    return Math.ceil(bytes / bytesPerLock)
  }
}
