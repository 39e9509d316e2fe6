import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { watchReplay } from '../../../packages/core/src/postgres/server/replayed-segment.ts'
import { createStandby, type MajorVersion, waitForReplay } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const versions: readonly MajorVersion[] = byExtent(['10', '18'], ['10', '11', '12', '13', '14', '15', '16', '17', '18'])

for (const version of versions)
  await describeOn('ext4', { version }, (bench) => {
    test(`PostgreSQL ${version}: a server that recovers tells which segment it reads, each once`, async () => {
      const { source } = bench
      const folder = await makeWorkFolder('standby')
      {
        await using standby = await createStandby(source, { directory: join(folder, 'main') })
        const look = watchReplay()
        for (let round = 0; round < 2; round++) {
          await source.query('SELECT pg_switch_wal(); SELECT txid_current()')
          await waitForReplay(source, standby)
          const [row] = await source.query('SELECT pg_walfile_name(pg_current_wal_lsn()) AS segment')
          expect(look(standby.pid as number)).toBe(row?.segment)
          expect(look(standby.pid as number)).toBeUndefined()
        }
        expect(watchReplay()(source.pid as number)).toBeUndefined()
      }
      await rm(folder, { recursive: true })
    })
  })
