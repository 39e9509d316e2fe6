import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startEngine, startSource } from '../../support/engine/index.ts'
import { query } from '../../support/query.ts'
import { createBtrfs } from '../../support/storage/create-btrfs.ts'
import { describeEngine } from './container-workbench.ts'

const first = 300_000

await describeEngine('engines that give their containers other users', {}, (bench) => {
  test('H84: with userns-remap a fork runs as the user of its files, whom this machine knows by another number', async () => {
    await using storage = await createBtrfs()
    const mapping = join(storage.path, 'mapping')
    await writeFile(mapping, `daemon:${first}:65536\n`)
    // The machine's own stay as they are.
    const script = `mount --bind ${mapping} /etc/subuid && mount --bind ${mapping} /etc/subgid && exec "$@"`
    await using engine = await startEngine(storage.path, {
      prefix: ['unshare', '--mount', 'sh', '-c', script, 'sh'],
      words: ['--userns-remap', 'daemon'],
    })
    await engine.docker('network', 'create', 'mapped')
    const words = ['--volume', 'mapped:/var/lib/postgresql/data']
    const source = await startSource(engine, { name: 'mapped', network: 'mapped', words })
    await source.query('create table mine as select 1 as one')
    // What that engine would be given in /run is not to be seen from where it is.
    const fork = await bench.fork('mapped', { lifetime: 'persistent' })
    expect((await stat(fork.dataDirectory)).uid).toBe(first + 999)
    expect(await query(fork, 'select one from mine')).toEqual([{ one: 1 }])
    const id = await engine.docker('ps', '--quiet', '--filter', 'label=pgfork.data-directory')
    expect(await engine.docker('inspect', '--format', '{{.HostConfig.UsernsMode}} {{.Config.User}}', id)).toBe(
      `host ${first + 999}:${first + 999}`,
    )
    await fork.destroy()
  })
})
