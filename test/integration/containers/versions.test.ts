import { expect, test } from 'vitest'
import { findBinaries, majorVersions, testedVersion } from '../../support/cluster/index.ts'
import { startSource } from '../../support/engine/index.ts'
import { byExtent } from '../../support/extent.ts'
import { query } from '../../support/query.ts'
import { boundSubvolume, describeEngine } from './container-workbench.ts'

const others = majorVersions.filter((version) => version !== testedVersion())
const versions = byExtent(['18'] as const, others)

await describeEngine('containers of other versions of PostgreSQL', {}, (bench) => {
  test.each(versions)('PostgreSQL %s, of which the machine has no server', async (version) => {
    expect(await findBinaries(version)).toBeDefined()
    const image = await bench.engine.addImage(version)
    const words = ['--volume', await boundSubvolume(bench.storage, `of-${version}`)]
    const source = await startSource(bench.engine, { name: `of-${version}`, image, words })
    try {
      await source.query('create table mine as select 1 as one')
      const fork = await bench.fork(`of-${version}`)
      expect(fork.verification?.warnings).toEqual([])
      expect(
        await query(fork, `select one, current_setting('server_version_num')::int / 10000 as major from mine`),
      ).toEqual([{ one: 1, major: Number(version) }])
      await fork.reset()
      await fork.destroy()
    } finally {
      await bench.engine.docker('rm', '--force', '--volumes', `of-${version}`)
      await bench.engine.docker('rmi', '--force', image)
    }
  })
})
