import { createSnapshot, openFork } from '@pgfork/core'
import { expect, test } from 'vitest'
import { below, describeFar } from './far-bench.ts'

await describeFar((bench) => {
  const { count, forkFar: fork } = bench

  test('what was committed right before is in it, without a checkpoint; and a snapshot serves several', async () => {
    await bench.source.query('INSERT INTO orders VALUES (2)')
    const { options } = bench
    await using snapshot = await createSnapshot({
      ...options,
      ...{ source: bench.b.source(), driver: bench.b.far.driver, name: 'far-snapshot', checkpoint: false },
    })
    await bench.source.query('INSERT INTO orders VALUES (3)')
    await bench.source.query('CHECKPOINT')
    await using one = await fork({ source: snapshot })
    await using other = await fork({ source: snapshot })
    expect(await count(one)).toBe(2)
    expect(await count(other)).toBe(2)
    await bench.source.query('DELETE FROM orders WHERE id > 1')
  })

  test('the directory on the volume may be said; a wrong one is told', async () => {
    await using made = await fork({ source: bench.b.source({ directory: below }) })
    expect(await count(made)).toBe(1)
    await expect(fork({ source: bench.b.source({ directory: 'elsewhere' }) })).rejects.toMatchObject({
      code: 'LAYOUT_REFUSED',
    })
  })

  test('a superuser also tells whom the source lets in by TCP', async () => {
    await using made = await fork({ source: bench.b.source({ user: 'postgres' }) })
    expect(made.verification?.warnings).toEqual([])
    await using asWatcher = await fork()
    expect(asWatcher.verification?.warnings.join()).toContain('only a superuser may read it from another host')
  })

  test('a persistent fork is opened again, and removed without its source', async () => {
    const made = await fork({ name: 'lasting', lifetime: 'persistent' })
    await made.stop()
    const opened = await openFork('lasting', { ...bench.options, driver: bench.b.far.driver })
    await opened.start()
    expect(await count(opened)).toBe(1)
    await opened.destroy()
    expect(await bench.b.far.claims()).toEqual([])
  })
})
