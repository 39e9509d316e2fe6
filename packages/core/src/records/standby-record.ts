import { z } from 'zod'
import type { StateDirectory } from '../state/state-directory.ts'
import { identity } from '../storage/driver/schemas.ts'
import { copyFields, generation, serverAddress } from './generation.ts'
import { StatusStore } from './status-store.ts'

const standbyRecord = z.looseObject({
  ...copyFields,
  primary: serverAddress,
  /** By which the primary's statistics know it. */
  applicationName: z.string(),
  /** On the primary; made after this record, and dropped before it goes. */
  slot: z.string().optional(),
  systemIdentifier: z.string(),
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
