import { dataDirectoryOf } from '../elsewhere/copy-folder.ts'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import { Directory } from '../files/directory.ts'
import { connectionStringOf, type ForkConnection } from '../fork/connection.ts'
import { type Operation, type OperationOptions, startOperation, withoutSignal } from '../operation/operation.ts'
import { checkOptions } from '../options/check-options.ts'
import { flag, type OptionShape } from '../options/checks.ts'
import { readControlData } from '../postgres/files/control-data.ts'
import { withNameLock } from '../records/name-lock.ts'
import { isSeeded, type SeededStandby, type StandbyRecord, standbyStore } from '../records/standby-record.ts'
import { isReady, meaningOf } from '../records/transitions.ts'
import { reachPrimary } from './reach-primary.ts'
import { readStatus } from './read-status.ts'
import type { RemovalOptions } from './remove-standby.ts'
import { removeStandby } from './remove-standby.ts'
import { goOn, removeLeftGenerations, reseedStandby } from './reseed.ts'
import type { ReseedOptions, Standby } from './standby.ts'
import { serverOf, startStandbyServer, stopStandbyServer, withStandby } from './standby-server.ts'

const reseedShape: OptionShape<ReseedOptions> = { ifBehind: flag }
const removalShape: OptionShape<RemovalOptions> = { isPrimaryGone: flag }

/** Each call looks at the record anew: another process may have seeded it again. */
export function standbyHandle(record: SeededStandby, options: OperationOptions): Standby {
  let known = record
  const { name, directory, major, port } = record
  // A new seed can be given up by the signal; stopping and destroying must work after it has fired.
  const regardless = withoutSignal(options)
  const under = async <T>(
    use: (operation: Operation, standby: SeededStandby) => Promise<T>,
    given = options,
  ): Promise<T> => {
    const operation = await startOperation(given)
    return withNameLock(operation, name, async () => use(operation, await requireUsable(operation, record)))
  }
  const connectionOf = (): ForkConnection => {
    const { role, primary } = known
    return { host: serverOf(known).socketDirectory, port, user: role, database: primary.database }
  }
  return {
    ...{ kind: 'standby', name, directory, major, port },
    get connection() {
      return connectionOf()
    },
    get connectionString() {
      return connectionStringOf(connectionOf())
    },
    get dataDirectory() {
      return dataDirectoryOf(known.current)
    },
    async status() {
      const operation = await startOperation(options)
      known = await requireUsable(operation, record)
      return readStatus(operation, known, await reachPrimary(operation, known))
    },
    start: () =>
      under(async (operation, standby) => {
        // A reboot in the middle of a new seed leaves it half done.
        const tidy = await removeLeftGenerations(operation, standby)
        const started = await startStandbyServer(operation, await withLargerSettings(tidy))
        known = (await standbyStore(operation.state).change(started)) as SeededStandby
      }),
    stop: () => under((operation, standby) => stopStandbyServer(operation, standby, 'fast'), regardless),
    async reseed(given = {}) {
      checkOptions('reseed', given, reseedShape)
      return under(async (operation, found) => {
        const standby = found.next === undefined ? found : await goOn(operation, found)
        if (given.ifBehind === true) {
          const { state } = await readStatus(operation, standby, await reachPrimary(operation, standby))
          if (state !== 'behind' && state !== 'diverged') return
        }
        known = await reseedStandby(operation, standby)
      })
    },
    async destroy(removal: RemovalOptions = {}) {
      checkOptions('destroy', removal, removalShape)
      const operation = await startOperation(regardless)
      await withNameLock(operation, name, () => removeStandby(operation, record, removal))
    },
    async locate(access) {
      const operation = await startOperation({ ...options, runner: access.runner })
      known = await requireUsable(operation, record)
      const { binDirectory, role, primary, current } = known
      const asked = { ...operation, sourceBounds: access.sourceBounds }
      const user = await withStandby(asked, known, async (_, superuser) => superuser).catch((error: unknown) => {
        // One that is stopped is forked as well, and one that lets nobody in says so when it is looked at.
        if (isPgforkError(error, 'ABORTED')) throw error
        return role
      })
      return { dataDirectory: dataDirectoryOf(current), binDirectory, connection: { user, database: primary.database } }
    },
  }
}

/** @throws PgforkError `STANDBY_NOT_FOUND`, `STANDBY_NOT_READY` */
async function requireUsable(
  operation: Operation,
  record: Pick<StandbyRecord, 'name' | 'createdAt'>,
): Promise<SeededStandby> {
  const current = await standbyStore(operation.state).requireSame(record)
  if (isReady(current) && isSeeded(current)) return current
  throw new PgforkError('STANDBY_NOT_READY', `The standby ${current.name} ${meaningOf[current.status]}.`, {
    facts: { name: current.name, status: current.status },
  })
}

/** What the primary was given since, and told by its WAL: with less, a standby's replay stands still, or it doesn't start. */
async function withLargerSettings(standby: SeededStandby): Promise<SeededStandby> {
  using directory = Directory.open(dataDirectoryOf(standby.current))
  const { walSettings = {} } = await readControlData(directory, standby.major)
  const told = Object.entries(walSettings).map(([name, value]) => [name, String(value)])
  return { ...standby, walSettings: { ...standby.walSettings, ...Object.fromEntries(told) } }
}
