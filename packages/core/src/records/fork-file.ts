import { join } from 'node:path'
import { z } from 'zod'
import { Directory } from '../files/directory.ts'
import { removeTree } from '../files/remove-tree.ts'
import { replaceFileAt } from '../files/replace-file.ts'
import { ownFolder } from '../postgres/files/remove-identity.ts'
import { identity } from '../storage/driver/schemas.ts'
import type { RecordedMoment, StartableFork } from './fork-record.ts'

const text = z.string().regex(/^[^\0]{1,4096}$/)

const location = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/)
const commit = z.object({ transaction: z.number().int().positive(), time: text, location })

/** Without the folders in which its WAL was: what the fork's user names isn't read for him (H63). */
const moment = z.object({
  asked: text,
  location,
  timeline: z.number().int().positive().max(0xffffffff),
  followed: z.number().int().positive().max(0xffffffff).optional(),
  lastCommit: commit.optional(),
  firstExcluded: commit.optional(),
  from: location,
  segmentBytes: z.number().int().positive(),
})

/**
 * What a fork says of itself in its own files, so that it can be told from storage what it is when its record is lost. It is
 * the last thing that is written before a fork is ready: one without it was never finished. Neither was one with a file that
 * names other clones, since a copy of a fork holds that one's file until it is removed with all else that made it that one.
 */
const forkFile = z.looseObject({
  version: z.literal(1),
  /** Names of its clones in storage, in the order of its copies. */
  clones: z.array(text).min(1),
  createdAt: z.iso.datetime(),
  lifetime: z.enum(['process', 'persistent']),
  maker: identity,
  port: z.number().int().min(1024).max(65_535),
  socketDirectory: text,
  role: text,
  database: text,
  timeline: z.number().int().positive().max(0xffffffff).optional(),
  sourceTimeline: z.number().int().nonnegative().max(0xffffffff),
  systemIdentifier: z.string().regex(/^\d{1,20}$/),
  major: z.number().int().positive(),
  durability: z.enum(['durable', 'throwaway']),
  changes: z.array(text),
  moment: moment.optional(),
  /** Of the place nothing but its kind: in which image, for example, is not for the fork's user to say (H77). */
  place: z.object({ kind: text }).optional(),
})

export type ForkFile = z.infer<typeof forkFile>

const fileName = 'fork.json'

export const forkFileOf = (dataDirectory: string): string => join(dataDirectory, ownFolder, fileName)

/** Nothing is flushed: without a power cut *and* the loss of its record nobody reads it. */
export async function writeForkFile(fork: StartableFork): Promise<void> {
  const { clones, createdAt, lifetime, maker, server, role, database, timeline, sourceTimeline } = fork
  const { systemIdentifier, major, durability, changes, moment } = fork
  const content: ForkFile = {
    version: 1,
    clones: clones.map(({ name }) => name),
    ...{ createdAt, lifetime, maker, role, database, sourceTimeline, systemIdentifier, major, durability, changes },
    port: server.port,
    socketDirectory: server.socketDirectory,
    ...(timeline === undefined ? {} : { timeline }),
    ...(moment === undefined ? {} : { moment: withoutFolders(moment) }),
    ...(server.place === undefined ? {} : { place: { kind: server.place.kind } }),
  }
  replaceFileAt(forkFileOf(server.dataDirectory), `${JSON.stringify(content, undefined, 2)}\n`, fork.owner)
}

const withoutFolders = ({ wal: _wal, ...moment }: RecordedMoment): NonNullable<ForkFile['moment']> => moment

/** First of all that is removed: what is left of a removal that is interrupted must not look like a whole fork. */
export function removeForkFile(dataDirectory: string): void {
  try {
    using folder = Directory.open(join(dataDirectory, ownFolder))
    removeTree(folder, fileName)
  } catch {
    // On a full Btrfs nothing can be unlinked, and the owner may have put anything there; the clones go all the same.
  }
}

/** Undefined when this is not what `writeForkFile` writes. */
export const parseForkFile = (content: unknown): ForkFile | undefined => forkFile.safeParse(content).data
