import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { container, inImage } from '@pgfork/containers'
import { createFork } from '@pgfork/core'
import { expect, onTestFinished, test } from 'vitest'
import { engineAt } from '../../../packages/containers/src/engine/engine.ts'
import { chooseImage } from '../../../packages/containers/src/engine/image.ts'
import { describeEngine } from './container-workbench.ts'

await describeEngine('what of containers is refused', {}, (bench) => {
  /** Made, never started: nothing of what is refused takes a server. */
  const make = async (name: string, ...words: string[]): Promise<string> => {
    await bench.engine.docker('create', '--name', name, ...words, bench.engine.image)
    onTestFinished(async () => void (await bench.engine.docker('rm', '--volumes', name)))
    return name
  }
  const fork = (name: string) => bench.fork(name)
  const label = (value: string) => ['--label', `com.docker.compose.${value}`]
  const ofService = (name: string) => [...label(`service=${name}`), ...label('container-number=1')]
  const inside = ['--env', 'PGDATA=/srv/data']

  test("H84: data in a container's own layer, in memory, behind a link, or not there yet", async () => {
    const folder = join(bench.storage.path, 'linked')
    await mkdir(folder)
    await symlink('/etc', join(folder, 'data'))
    const expected: [name: string, says: RegExp, words: string[]][] = [
      ['layer', /own layer.* Give the container a volume/, inside],
      ['memory', /lies in memory \(tmpfs\)/, ['--tmpfs', '/srv/data', ...inside]],
      ['mounted-memory', /lies in memory \(tmpfs\)/, ['--mount', 'type=tmpfs,dst=/srv', ...inside]],
      ['linked', /a symbolic link leads to it/, ['--volume', `${folder}:/srv`, ...inside]],
      ['empty', /holds no cluster yet/, []],
    ]
    for (const [name, message, words] of expected) {
      const refused = {
        code: 'CONTAINER_REFUSED',
        hazard: 'H84',
        message: expect.stringMatching(message),
        leftBehind: [],
      }
      await expect(fork(await make(name, ...words)), name).rejects.toMatchObject(refused)
    }
  })

  test('H3: volumes over parts of the cluster', async () => {
    const data = '/var/lib/postgresql/data'
    const name = await make('parts', '--volume', `data:${data}`, '--volume', `part:${data}/base/5`)
    await expect(fork(name)).rejects.toMatchObject({
      ...{ code: 'LAYOUT_REFUSED', hazard: 'H3' },
      message: expect.stringContaining(`${data}/base/5`),
    })
  })

  test('a container that is not there, a service with several, and a name that is none', async () => {
    for (const name of ['one', 'two']) await make(name, ...ofService('shop'), ...label(`project=of-${name}`))
    await expect(fork('nobody')).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' })
    await expect(fork('shop')).rejects.toMatchObject({
      ...{ code: 'CONTAINER_NOT_FOUND', facts: { containers: expect.arrayContaining(['one', 'two']) } },
    })
    process.env.COMPOSE_PROJECT_NAME = 'of-two'
    onTestFinished(() => void delete process.env.COMPOSE_PROJECT_NAME)
    await expect(fork('shop')).rejects.toMatchObject({ message: expect.stringMatching(/container two /) })
    for (const name of ['', '--help', 'a b', '-v=/:/host'])
      expect(() => container(name)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(() => container('db', { connection: 'http://x' })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })

  test('H114: a service is found that is called as the id of some other container begins', async () => {
    const idOf = (name: string) => bench.engine.docker('inspect', '--format', '{{.Id}}', name)
    const id = await idOf(await make('stranger'))
    const beginning = id.slice(0, 3)
    await make('of-service', ...ofService(beginning), '--tmpfs', '/srv/data', ...inside)
    await make('run-once', ...ofService(beginning), ...label('oneoff=True'))
    await expect(fork(beginning)).rejects.toMatchObject({
      message: expect.stringMatching(/container of-service lies in memory/),
    })
    await expect(fork(id.slice(0, 8))).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' })
    for (const given of [id, id.slice(0, 12)])
      await expect(fork(given)).rejects.toMatchObject({ message: expect.stringMatching(/container stranger can't/) })
  })

  test('H114: the container of an image with labels of compose is none of a service', async () => {
    const changes = ['service=cache', 'project=shop', 'container-number=1', 'oneoff=False']
    const lines = changes.flatMap((change) => ['--change', `LABEL com.docker.compose.${change}`])
    await bench.engine.docker('commit', ...lines, await make('of-compose'), 'posing:1')
    await bench.engine.docker('create', '--name', 'posing', '--network', 'none', 'posing:1')
    onTestFinished(async () => void (await bench.engine.docker('rm', '--volumes', 'posing')))
    await expect(fork('cache')).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' })
    await expect(fork('posing')).rejects.toMatchObject({ message: expect.stringMatching(/container posing /) })
    // On what it builds, compose writes its project and the service.
    await bench.engine.docker('commit', '--change', 'LABEL com.docker.compose.service=built', 'of-compose', 'built:1')
    await bench.engine.docker(
      'create',
      '--name',
      'of-built',
      '--network',
      'none',
      ...label('container-number=1'),
      'built:1',
    )
    onTestFinished(async () => void (await bench.engine.docker('rm', '--volumes', 'of-built')))
    await expect(fork('built')).rejects.toMatchObject({ message: expect.stringMatching(/container of-built /) })
  })

  test('H114: an image is meant by its name, or by as much of its id as the engine shows', async () => {
    const engine = engineAt(bench.options.runner)
    const commit = async (name: string) => (await bench.engine.docker('commit', await make(name), name)).slice(7)
    const id = await commit('meant')
    for (const digits of [id.slice(0, 2), id.slice(0, 11), `sha256:${id.slice(0, 5)}`])
      await expect(chooseImage(engine, digits)).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' })
    for (const given of [id.slice(0, 12), id, `sha256:${id}`, 'meant', 'meant:latest'])
      expect(await chooseImage(engine, given)).toMatchObject({ id: `sha256:${id}` })
    await bench.engine.docker('tag', 'meant', 'cafe')
    expect(await chooseImage(engine, 'cafe')).toMatchObject({ id: `sha256:${id}` })
  })

  test('an image that is not there, or of another version', async () => {
    const source = (image: string) => inImage(image, { dataDirectory: '/nowhere' })
    await expect(createFork({ ...bench.options, source: source('postgres') })).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
    })
    const name = await make('other')
    await expect(bench.fork(name, { container: { image: 'nobody/nothing:1' } })).rejects.toMatchObject({
      code: 'CONTAINER_NOT_FOUND',
    })
  })

  test.each([
    ['tcp://root:secret@192.0.2.1:2375', 'CONTAINER_REFUSED'],
    ['ssh://root@192.0.2.1', 'CONTAINER_REFUSED'],
    ['unix:///nowhere/docker.sock', 'ENGINE_UNAVAILABLE'],
  ])('H84: an engine at %s', async (address, code) => {
    const before = process.env.DOCKER_HOST
    process.env.DOCKER_HOST = address
    try {
      const error = await fork('db').catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code })
      expect(JSON.stringify(error)).not.toContain('secret')
    } finally {
      process.env.DOCKER_HOST = before
    }
  })

  test.each([
    ['rootless', { SecurityOptions: ['name=seccomp,profile=default', 'name=rootless'] }],
    ['userns', { SecurityOptions: ['name=seccomp,profile=default', 'name=userns'] }],
    ['Docker Desktop', { OperatingSystem: 'Docker Desktop' }],
  ])('H84: an engine that says it is %s', async (what, says) => {
    const { runner } = bench.options
    const told: typeof runner = {
      ...runner,
      async run(file, args, options) {
        const result = await runner.run(file, args, options)
        if (file !== 'docker' || args[0] !== 'info') return result
        return { ...result, stdout: JSON.stringify({ ...JSON.parse(result.stdout), ...says }) }
      },
    }
    const name = await make(`of-${what.replaceAll(' ', '-').toLowerCase()}`)
    await expect(bench.fork(name, { runner: told })).rejects.toMatchObject({
      ...{ code: 'CONTAINER_REFUSED', hazard: 'H84', message: expect.stringContaining(what) },
    })
  })

  test('H88: a container that a sandbox keeps away from the kernel', async () => {
    const { runner } = bench.options
    const told: typeof runner = {
      ...runner,
      async run(file, args, options) {
        const result = await runner.run(file, args, options)
        const isAsked = file === 'docker' && args[0] === 'container' && args[1] === 'inspect'
        return isAsked
          ? { ...result, stdout: result.stdout.replace('"Runtime": "runc"', '"Runtime": "runsc"') }
          : result
      },
    }
    await expect(bench.fork(await make('sandboxed'), { runner: told })).rejects.toMatchObject({
      ...{ code: 'CONTAINER_REFUSED', hazard: 'H88', message: expect.stringMatching(/runtime runsc.*inImage/) },
    })
  })

  test('a machine without the command docker', async () => {
    const runner: typeof bench.options.runner = {
      ...bench.options.runner,
      run: (file, ...more) => bench.options.runner.run(file === 'docker' ? 'no-such-docker' : file, ...more),
    }
    await expect(bench.fork('db', { runner })).rejects.toMatchObject({
      ...{ code: 'ENGINE_UNAVAILABLE', message: expect.stringContaining('Install it') },
    })
  })
})
