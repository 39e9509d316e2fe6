import { chown } from 'node:fs/promises'
import { container, forkContainer } from '@pgfork/containers'
import { createSnapshot } from '@pgfork/core'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import type { MajorVersion } from '../../support/cluster/versions.ts'
import { imageLayout, startSource } from '../../support/engine/index.ts'
import { byExtent } from '../../support/extent.ts'
import { query } from '../../support/query.ts'
import { boundSubvolume, describeEngine } from './container-workbench.ts'
import { makeOwnImage, startOwnImage } from './own-image.ts'

const versions = byExtent<MajorVersion[]>(['18'], ['10', '13', '16', '17', '18'])

await describeEngine('forks in images of other versions, and of other makers', {}, (bench) => {
  test.each(versions)('PostgreSQL %s, its data where its image has them', async (version) => {
    const image = await bench.engine.addImage(version)
    const name = `version-${version}`
    const source = await startSource(bench.engine, {
      ...{ name, image, words: ['--volume', await boundSubvolume(bench.storage, name, version)] },
    })
    try {
      await source.query('create table mine as select 1 as one')
      const fork = await bench.fork(name, { checkpoint: true, resettable: true, lifetime: 'persistent' })
      expect(fork.verification).toMatchObject({ consistency: 'atomic', warnings: [] })
      expect(fork.dataDirectory.endsWith(imageLayout(version).data.slice(imageLayout(version).volume.length))).toBe(
        true,
      )
      const [shown] = await query(fork, 'delete from mine; show server_version_num')
      expect(Math.trunc(Number(shown?.server_version_num) / 10_000)).toBe(Number(version))
      await fork.stop()
      await fork.reset()
      expect(await query(fork, 'select one from mine')).toEqual([{ one: 1 }])
      await fork.destroy()
      const other = bench.fork(name, { container: { image: bench.engine.image } })
      await expect(other).rejects.toMatchObject({ code: 'VERSION_MISMATCH' })
      if (!byExtent(false, true)) return
      const copied = await bench.fork(name, { driver: copy() })
      expect(copied.verification).toMatchObject({ consistency: 'backup', warnings: [] })
      expect(await query(copied, 'select one from mine')).toEqual([{ one: 1 }])
      await copied.destroy()
      await bench.engine.docker('stop', name)
      const stopped = await bench.fork(name, { database: 'shop' })
      expect(stopped.verification?.warnings).toEqual([])
      expect(await query(stopped, 'select one from mine')).toEqual([{ one: 1 }])
      await stopped.destroy()
    } finally {
      await bench.engine.docker('rm', '--force', '--volumes', name)
    }
  })

  test('an image with an entrypoint, a user, folders and libraries of its own, and no postgres in its PATH', async () => {
    const image = await makeOwnImage(bench.engine)
    const folder = await bench.storage.createSubvolume('own')
    await chown(folder, 1234, 1234)
    await using source = await startOwnImage(bench.engine, { image, folder })
    await source.query('create extension xml2')
    const useLibrary = `select xslt_process('<a/>', '<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:output method="text"/><x:template match="/">found</x:template></x:stylesheet>') as text`
    expect(await source.query(useLibrary)).toEqual([{ text: 'found' }])
    const given = { connection: source.connection }
    const fork = await bench.fork(source.name, { container: given, lifetime: 'persistent', resettable: true })
    expect(fork.verification?.warnings).toEqual([])
    expect(fork.connection).toMatchObject({ user: 'gis', database: 'postgres' })
    expect(await query(fork, useLibrary)).toEqual([{ text: 'found' }])
    await fork.stop()
    await fork.start()
    expect(await query(fork, useLibrary)).toEqual([{ text: 'found' }])
    await fork.destroy()

    await using snapshot = await createSnapshot({
      ...bench.options,
      ...{ source: container(source.name, given), name: 'of-own-image' },
    })
    // What knows of no user and no database.
    const started = { getId: () => source.id }
    const forked = await forkContainer(started, { ...bench.options, role: 'gis', database: 'postgres' })
    expect(await query(forked, useLibrary)).toEqual([{ text: 'found' }])
    await forked.destroy()
    expect(snapshot.major).toBeDefined()
    await bench.engine.docker('kill', source.name)
    const stopped = bench.fork(source.name, { role: 'gis', database: 'postgres' })
    await expect(stopped).rejects.toMatchObject({
      ...{
        code: 'BINARIES_NOT_FOUND',
        message: expect.stringMatching(/Start the container first: docker start own\./),
      },
    })
  })
})
