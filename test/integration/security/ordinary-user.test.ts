import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { UserIdentity } from '@pgfork/core'
import { describe, expect, test } from 'vitest'
import { createCluster } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { liveAsUser } from '../../support/programs/ordinary-life.ts'
import { grantRights } from '../../support/rights.ts'
import { createStorage, type FileSystemName, hasSubvolumes, whyNoLoopMounts } from '../../support/storage/index.ts'
import { giveToServerUser, serverUser } from '../../support/system/server-user.ts'

const user = serverUser as UserIdentity

interface Case {
  readonly storage: 'btrfs' | 'copy' | 'overlay'
  readonly filesystem: FileSystemName
  readonly mountOptions: readonly string[]
}

const mostlyUsed: readonly Case[] = [
  { storage: 'btrfs', filesystem: 'btrfs', mountOptions: [] },
  { storage: 'copy', filesystem: 'ext4', mountOptions: [] },
]
const cases = byExtent(mostlyUsed, [
  ...mostlyUsed,
  { storage: 'btrfs', filesystem: 'btrfs', mountOptions: ['user_subvol_rm_allowed'] },
  { storage: 'copy', filesystem: 'xfs', mountOptions: [] },
  { storage: 'overlay', filesystem: 'ext4', mountOptions: [] },
])

/** Only root can act as somebody else, which making a file system needs as well. */
const obstacle = (await Promise.all(cases.map(({ filesystem }) => whyNoLoopMounts(filesystem)))).find(
  (reason) => reason !== undefined,
)

describe.skipIf(obstacle !== undefined)(
  'who owns the source, and has no more rights than the page of his driver says',
  () => {
    for (const { storage, filesystem, mountOptions } of cases)
      test(`lives the whole life of forks: ${storage} on ${filesystem}, mounted with ${mountOptions.join() || 'no options'}`, async () => {
        await using place = await createStorage(filesystem, { mountOptions })
        const root = join(place.path, 'pg')
        await (hasSubvolumes(place) ? place.createSubvolume('pg') : mkdir(root))
        await giveToServerUser(root)
        await using source = await createCluster({ directory: join(root, 'main') })
        await source.query('CREATE TABLE life (id int); INSERT INTO life VALUES (1)')
        await using rights = await grantRights({ storage, user, names: [], folder: place.path })
        const warnings = await liveAsUser(user, {
          driver: storage,
          options: rights.options,
          source: source.dataDirectory,
        })
        expect(warnings).toEqual([])
        expect(await readdir(rights.options.directory)).toEqual([])
      })
  },
)
