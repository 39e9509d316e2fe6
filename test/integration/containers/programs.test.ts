import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { inImage, launcher } from '@pgfork/containers'
import { collectGarbage, createFork } from '@pgfork/core'
import type { RunProgramRequest } from '@pgfork/core/companion'
import { expect, test } from 'vitest'
import { containerNameOf } from '../../../packages/containers/src/launcher/container-name.ts'
import { createCluster } from '../../support/cluster/index.ts'
import { startSource } from '../../support/engine/index.ts'
import { programArguments } from '../../support/programs/program.ts'
import { runner } from '../../support/system/runner.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { boundSubvolume, describeEngine } from './container-workbench.ts'

await describeEngine('programs of an image that run for a fork', {}, (bench) => {
  const containers = () => bench.engine.docker('ps', '--all', '--quiet')
  const areGone = () =>
    waitUntil(async () => (await containers()) === '', { timeoutMs: 20_000, what: 'end of the containers of programs' })
  /** One that goes on for longer than anybody waits. */
  const request = async (dataDirectory: string): Promise<RunProgramRequest> => {
    const source = inImage(bench.engine.image, { dataDirectory })
    const { elsewhere } = await source.locate({ runner, sourceBounds: { timeoutMs: 60_000 } })
    return {
      server: { dataDirectory, socketDirectory: dataDirectory, place: elsewhere?.place },
      owner: { uid: 999, gid: 999 },
      ...{ binDirectory: '', program: 'sleep', args: ['600'], timeoutMs: 600_000 },
      outsideDirectory: join(tmpdir(), `pgfork-${'0'.repeat(12)}${process.pid}`),
    }
  }
  const cluster = async (name: string) => createCluster({ directory: await bench.storage.createSubvolume(name) })

  test('H87: one that is aborted, or takes too long, is ended', async () => {
    await using source = await cluster('aborted')
    await source.stop()
    const given = await request(source.dataDirectory)
    const { run } = launcher({ runner })
    const aborting = new AbortController()
    const running = expect(run({ ...given, signal: aborting.signal })).rejects.toMatchObject({ code: 'ABORTED' })
    await waitUntil(async () => (await containers()) !== '', { timeoutMs: 20_000, what: 'a container' })
    aborting.abort()
    await running
    await areGone()
    await expect(run({ ...given, timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'COMMAND_TIMED_OUT' })
    await areGone()
    expect(await readdir(tmpdir())).not.toContain(given.outsideDirectory.split('/').at(-1))
  })

  test('H87: one ends with the process that had it run, and the engine keeps nothing of it', async () => {
    await using source = await cluster('killed')
    await source.stop()
    const given = await request(source.dataDirectory)
    const maker = spawn(process.execPath, programArguments('tool-program', given), { stdio: 'ignore' })
    const isRunning = async () => (await bench.engine.docker('ps', '--quiet')) !== ''
    try {
      await waitUntil(isRunning, { timeoutMs: 60_000, what: 'a container' })
      maker.kill('SIGKILL')
      await once(maker, 'exit')
      await areGone()
    } finally {
      await launcher({ runner }).stop({ ...given, mode: 'immediate', timeoutMs: 60_000 })
      await rm(given.outsideDirectory, { recursive: true, force: true })
    }
    expect(await readdir('/run')).not.toContain(containerNameOf(source.dataDirectory))
  })

  const makeHanging = async () => {
    await bench.engine.docker(
      ...[
        'run',
        '--name',
        'hanging',
        '--network',
        'none',
        '--user',
        '0',
        '--entrypoint',
        'sh',
        bench.engine.image,
        '-c',
      ],
      "mkdir /hanging; printf '#!/bin/sh\\nid -u >&2; sleep 600\\n' > /hanging/postgres; chmod 755 /hanging/postgres",
    )
    await bench.engine.docker('commit', '--change', 'ENV PATH=/hanging:/usr/bin:/bin', 'hanging', 'hanging:1')
    await bench.engine.docker('rm', 'hanging')
  }

  test('H87: one that tells the version of an image ends without the process that asked, and has the limits of the source', async () => {
    await makeHanging()
    const name = 'limited-version'
    const volume = await boundSubvolume(bench.storage, name)
    await startSource(bench.engine, { name, words: ['--volume', volume, '--memory', '700m'] })
    const data = { source: name, name, image: 'hanging:1', stateDirectory: bench.options.stateDirectory }
    const maker = spawn(process.execPath, programArguments('container-program', data), { stdio: 'ignore' })
    const asking = async () => bench.engine.docker('ps', '--quiet', '--filter', 'ancestor=hanging:1')
    try {
      const id = await waitUntil(async () => (await asking()) || undefined, { timeoutMs: 60_000, what: 'a container' })
      expect(await bench.engine.docker('inspect', '--format', '{{.HostConfig.Memory}}', id ?? '')).toBe(
        String(700 * 2 ** 20),
      )
      maker.kill('SIGKILL')
      await once(maker, 'exit')
      const isGone = async () =>
        (await bench.engine.docker('ps', '--all', '--quiet', '--filter', 'ancestor=hanging:1')) === ''
      await waitUntil(isGone, { timeoutMs: 60_000, what: 'end of the container that told a version' })
    } finally {
      await bench.engine.docker('rm', '--force', '--volumes', name)
      await collectGarbage(bench.options)
    }
  })

  test('H87, H88: an image whose postgres never tells its version leaves no container, and has no rights meanwhile', async () => {
    await makeHanging()
    await using source = await cluster('versioned')
    const impatient: typeof runner = {
      ...runner,
      run: (file, words, options) =>
        runner.run(file, words, file === 'docker' && words[0] === 'run' ? { ...options, timeoutMs: 5_000 } : options),
    }
    const forking = createFork({
      ...{ ...bench.options, runner: impatient },
      source: inImage('hanging:1', { dataDirectory: source.dataDirectory }),
    })
    await expect(forking).rejects.toMatchObject({
      code: 'COMMAND_TIMED_OUT',
      stderr: expect.stringMatching(/^[1-9]\d*$/m),
    })
    expect(await containers()).toBe('')
  })
})
