import { z } from 'zod'
import type { ServerIdentity } from '../postgres/server/server-identity.ts'
import type { FileDurability } from '../state/atomic-file.ts'
import type { StateDirectory } from '../state/state-directory.ts'
import { container, identity, place, user, volumeCopy } from '../storage/driver/schemas.ts'
import { StatusStore } from './status-store.ts'
import { forkStatuses } from './transitions.ts'

const commit = z.object({ transaction: z.number().int(), time: z.string(), location: z.string() })

/** Of a fork of a past moment: where the WAL in it was cut off, and how to do that again. */
const recordedMoment = z.object({
  asked: z.string(),
  location: z.string(),
  /** That the location is on. */
  timeline: z.number().int(),
  /** The same, where recovery has to be told to go on to it. */
  followed: z.number().int().optional(),
  lastCommit: commit.optional(),
  firstExcluded: commit.optional(),
  /** Folders with archived WAL. */
  wal: z.array(z.string()),
  /** Before this location, the snapshot's own WAL is enough. */
  from: z.string(),
  segmentBytes: z.number().int().positive(),
})

const forkRecord = z.looseObject({
  version: z.literal(1),
  name: z.string(),
  createdAt: z.string(),
  /** Only what is `ready` is a fork; all else is garbage once its maker is gone. */
  status: z.enum(forkStatuses),
  maker: identity,
  lifetime: z.enum(['process', 'persistent']),
  /** After this moment the fork is garbage, unless it is protected. */
  expiresAt: z.string().optional(),
  /** Neither `destroy` nor a collection removes it. */
  isProtected: z.boolean().optional(),
  /** Unknown of a fork whose record was lost and rebuilt without one. */
  snapshot: z.object({ name: z.string(), createdAt: z.string() }).optional(),
  /** The snapshot was made for this fork and goes with it. */
  ownsSnapshot: z.boolean(),
  /** A function of its maker's changed it before it was handed out, which a reset has to do again (H68). */
  isPrepared: z.boolean().optional(),
  moment: recordedMoment.optional(),
  /** The snapshot outlives the start, so that the fork can be reset. */
  resettable: z.boolean(),
  clones: z.array(volumeCopy),
  /** What its maker has chosen, for a reset. Default: as of every fork. */
  spaceThresholds: z.object({ dataPercent: z.number(), metadataPercent: z.number() }).optional(),
  /** The fork's own; undefined where it keeps its source's. */
  timeline: z.number().int().optional(),
  sourceTimeline: z.number().int(),
  systemIdentifier: z.string(),
  /** Unknown of a fork whose record was lost and rebuilt. */
  sourceDirectory: z.string().optional(),
  major: z.number().int(),
  binDirectory: z.string(),
  owner: user,
  role: z.string(),
  database: z.string(),
  durability: z.enum(['durable', 'throwaway']),
  /** A throwaway one that was started again after the machine was: a crash may have taken some of it. */
  outlivedBoot: z.boolean().optional(),
  /** What was neutralised in its settings, a sentence each. */
  changes: z.array(z.string()),
  /** Libraries that its source preloads and it doesn't (H25, H67). */
  leftOut: z.array(z.string()).optional(),
  /** Of its socket, where the path of the data directory is too long for one; it is made only then. */
  outsideDirectory: z.string(),
  /** Its `postgresql.conf`, for a reset. */
  configuration: z.string().optional(),
  /** Where the server lives; known before it is started for the first time. */
  server: z
    .object({
      dataDirectory: z.string(),
      socketDirectory: z.string(),
      port: z.number().int(),
      /** What was started last. */
      process: identity.optional(),
      container: container.optional(),
      /** Where it runs, which says by what it is started and stopped. Default: a process of its machine. */
      place: place.optional(),
      /** What the links of its data directory lead to, where it runs elsewhere and has to be given it. */
      linked: z.array(z.string()).optional(),
    })
    .optional(),
})

export type ForkRecord = z.infer<typeof forkRecord>

export type RecordedMoment = z.infer<typeof recordedMoment>

/** A fork that has come so far that its server can run. */
export type StartableFork = ForkRecord & { readonly server: NonNullable<ForkRecord['server']> }

export const isStartable = (record: ForkRecord): record is StartableFork => record.server !== undefined

type RecordedServer = StartableFork['server']

/** With what was started last. */
export function withStarted(
  { process: _process, container: _container, ...server }: RecordedServer,
  started: ServerIdentity,
): RecordedServer {
  if (started.kind === 'container') return { ...server, container: started }
  const { kind: _kind, ...process } = started
  return { ...server, process }
}

/**
 * Of a fork that ends with its process and flushes nothing itself, no power cut leaves anything but files to remove. Of any other that ends
 * with its process, nobody uses it after a power cut: its record must still be there, with the names of its clones, and may be an older one.
 */
function durabilityOf({ lifetime, durability, isProtected }: ForkRecord, isNew: boolean): FileDurability {
  if (lifetime === 'process' && durability === 'throwaway') return 'cached'
  return lifetime === 'process' && isProtected !== true && !isNew ? 'whole' : 'flushed'
}

export type ForkStore = StatusStore<ForkRecord>

export const forkStore = (state: StateDirectory): ForkStore =>
  new StatusStore({ kind: 'fork', folder: state.forks, schema: forkRecord, durabilityOf })
