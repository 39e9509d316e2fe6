import { z } from 'zod'
import type { StateDirectory } from '../state/state-directory.ts'
import { identity, user } from '../storage/driver/schemas.ts'
import { generation, nextGeneration, passfile, serverAddress } from './generation.ts'
import { StatusStore } from './status-store.ts'
import { snapshotStatuses } from './transitions.ts'

const standbyRecord = z.looseObject({
  version: z.literal(1),
  name: z.string(),
  createdAt: z.string(),
  /** `creating` until it streams for the first time. */
  status: z.enum(snapshotStatuses),
  maker: identity,
  /** Ours alone: generations and the passfile lie in it. Made after this record. */
  directory: z.string(),
  /** Whom its server runs as. */
  owner: user,
  primary: serverAddress,
  passfile: passfile.optional(),
  /** By which the primary's statistics know it. */
  applicationName: z.string(),
  /** On the primary; made after this record, and dropped before it goes. */
  slot: z.string().optional(),
  systemIdentifier: z.string(),
  major: z.number().int(),
  binDirectory: z.string(),
  /** A superuser of the primary's. */
  role: z.string(),
  port: z.number().int().optional(),
  /** Of its socket, where the path of the data directory is too long for one. */
  outsideDirectory: z.string(),
  /** The caller's settings, and those of the primary's that it has as well. */
  settings: z.record(z.string(), z.string()),
  inherited: z.record(z.string(), z.string()),
  /** What the primary had when it was looked at last, of which a standby must not have less. */
  walSettings: z.record(z.string(), z.string()),
  /** The one that is used. */
  current: generation.optional(),
  next: nextGeneration.optional(),
  /** They are to be removed. */
  retired: z.array(generation),
  /** What was started last. */
  process: identity.optional(),
})

export type StandbyRecord = z.infer<typeof standbyRecord>

/** One that was seeded. */
export type SeededStandby = StandbyRecord & {
  readonly current: NonNullable<StandbyRecord['current']>
  readonly port: number
}

export const isSeeded = (record: StandbyRecord): record is SeededStandby =>
  record.current !== undefined && record.port !== undefined

export type StandbyStore = StatusStore<StandbyRecord>

export const standbyStore = (state: StateDirectory): StandbyStore =>
  new StatusStore({ kind: 'standby', folder: state.standbys, schema: standbyRecord })
