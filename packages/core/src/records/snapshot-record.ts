import { z } from 'zod'
import type { StateDirectory } from '../state/state-directory.ts'
import { identity, place, user, volumeCopy } from '../storage/driver/schemas.ts'
import { StatusStore } from './status-store.ts'
import { snapshotStatuses } from './transitions.ts'

/** A directory of the cluster: the volume that it lies on, as an index into `copies`, and its path from that volume's root. */
const volumePath = z.object({ copy: z.number().int().nonnegative(), path: z.string() })

const linkedVolumePath = volumePath.extend({ link: z.string() })

const snapshotRecord = z.looseObject({
  version: z.literal(1),
  name: z.string(),
  createdAt: z.string(),
  status: z.enum(snapshotStatuses),
  maker: identity,
  /** Made for the fork of the same name, with which it goes. */
  isForFork: z.boolean().optional(),
  /** Nobody removes it until that has ended. */
  isProtected: z.boolean().optional(),
  /** Name of the history that it was taken for, whose rules say when it goes. */
  history: z.string().optional(),
  /**
   * Where the source's WAL was, and the time, right after the files were captured: from there on, WAL leads from it to any moment.
   * Not known of a source that could not be asked.
   */
  reached: z
    .object({
      location: z.string(),
      time: z.string(),
      /** The lower 32 bits of the number that no transaction had got by then, as far as the source could be asked. */
      nextTransaction: z.number().int().nonnegative().optional(),
    })
    .optional(),
  /** Rebuilt from storage: what is known of its source and settings is lost, so that it can only be removed. */
  isRebuilt: z.boolean().optional(),
  /**
   * Why the files agree with each other: captured at one instant, within a base backup, or while no server ran.
   * An `atomic` picture of a running server is what a crash would have left; recovery makes it right.
   */
  consistency: z.enum(['atomic', 'backup', 'stopped']),
  copies: z.array(volumeCopy),
  data: volumePath,
  links: z.array(linkedVolumePath),
  source: z.object({
    dataDirectory: z.string(),
    owner: user,
    major: z.number().int(),
    binDirectory: z.string(),
    systemIdentifier: z.string(),
    timeline: z.number().int(),
    newestTimeline: z.number().int(),
    isStandby: z.boolean(),
    /** The source was stopped cleanly, so that nothing needs to be recovered. */
    isClean: z.boolean(),
    /** Of a standby: up to where it had replayed its WAL. */
    replayPosition: z.string().optional(),
    hasChecksums: z.boolean(),
    walLevel: z.string(),
    /** A crash cut an exclusive backup of it off, whose end archive recovery would wait for in vain (H42). */
    awaitsBackupEnd: z.boolean().optional(),
    /** Where the replay of the last checkpoint known at the inspection begins: no fork may be behind it. */
    redoLocation: z.string(),
    /** Of a primary that ran: no record of its WAL in the snapshot lies at or beyond this position. */
    walEnd: z.string().optional(),
    /** Of a source on another host: what proves that a snapshot of its volume is of that server, and of that moment (H95). */
    evidence: z
      .object({
        startedAtSeconds: z.number(),
        port: z.number().int(),
        redoBefore: z.string(),
        redoAfter: z.string(),
        flushed: z.string(),
      })
      .optional(),
    /** Where its server logs. */
    logDirectory: z.string().optional(),
    role: z.string(),
    /** Where the servers of its forks run, and where `binDirectory` is. Default: on this machine. */
    place: place.optional(),
    /** Root in a container may have written its files (H118). Earlier versions only recorded `place`. */
    isExposed: z.boolean().optional(),
    /** The source was asked for it; else it is the likeliest one. */
    isRoleKnown: z.boolean().optional(),
  }),
  /** The source's settings that its forks inherit. */
  settings: z.record(z.string(), z.string()),
  /** Whom its forks let in by TCP (H29). Not known of a snapshot that was taken before it was recorded: nobody. */
  tcpAccess: z.object({ rules: z.array(z.string()), unreadable: z.string().optional() }).optional(),
  /** Its settings that they don't, without values. */
  replacedSettings: z.array(z.object({ name: z.string(), hazard: z.string() })),
  /** What a base backup adds to the files; its WAL lies in the state directory. */
  backup: z.object({ label: z.string(), stopLocation: z.string() }).optional(),
})

/** What is stored about a snapshot. */
export type SnapshotRecord = z.infer<typeof snapshotRecord>

export type SnapshotStore = StatusStore<SnapshotRecord>

export const snapshotStore = (state: StateDirectory): SnapshotStore =>
  new StatusStore({ kind: 'snapshot', folder: state.snapshots, schema: snapshotRecord })
