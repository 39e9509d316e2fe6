import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { findBinaries } from '../cluster/find-binaries.ts'
import { type MajorVersion, testedVersion } from '../cluster/versions.ts'
import { isBelow } from '../system/is-below.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { listMounts } from '../system/mounts.ts'
import { readProcess } from '../system/processes.ts'
import { runner } from '../system/runner.ts'
import { waitUntil } from '../wait-until.ts'

/** A Docker engine of a test's own. Disposing of it removes its containers, ends it, and gives DOCKER_HOST back. */
export interface TestEngine extends AsyncDisposable {
  /** For DOCKER_HOST, which says so as long as the engine is there. */
  readonly address: string
  /** Like the official image of PostgreSQL, of the version that is tested. */
  readonly image: string
  /** Runs its command. Returns what that says. */
  docker(...words: string[]): Promise<string>
  /** The same of another version. Returns its name. */
  addImage(version: MajorVersion): Promise<string>
  /** The daemon is ended, and started anew: its containers end with it, as it does without `live-restore`. */
  restart(): Promise<void>
  /** The daemon is killed, its containers go on; it is started anew when it is let go of. */
  kill(): Promise<AsyncDisposable>
  /** The daemon does nothing any more, until it is let go of. */
  freeze(): Disposable
  /** Everything of the engine's that its containers have written to its log. */
  log(): Promise<string>
}

const setup = fileURLToPath(new URL('./setup.sh', import.meta.url))

/** Why there can be none on this machine; undefined when there can. */
export async function whyNoEngine(): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'a container engine needs root'
  const version = await readFile('/etc/debian_version', 'utf8').catch(() => '')
  if (!version.startsWith('12')) return 'its packages are those of Debian 12'
  return undefined
}

export interface EngineOptions {
  /** More words for the daemon. */
  readonly words?: readonly string[]
  /** A command that the daemon is run by, in the same process. */
  readonly prefix?: readonly string[]
}

/**
 * @param storage a mounted file system for images, containers and volumes, below `docker`
 */
export async function startEngine(storage: string, options: EngineOptions = {}): Promise<TestEngine> {
  const { root, archive } = await prepare(testedVersion())
  const folder = await makeWorkFolder('engine')
  const address = `unix://${join(folder, 'socket')}`
  const before = { PATH: process.env.PATH, DOCKER_HOST: process.env.DOCKER_HOST }
  process.env.PATH = `${join(root, 'usr/bin')}:${before.PATH}`
  process.env.DOCKER_HOST = address
  const environment = { DOCKER_HOST: address }
  const docker = async (...words: string[]): Promise<string> =>
    (await runner.run(join(root, 'usr/bin/docker'), words, { environment, timeoutMs: 300_000 })).stdout.trim()

  const dataRoot = join(storage, 'docker')
  await mkdir(dataRoot, { recursive: true })
  const start = () => startDaemon({ root, folder, address, dataRoot, docker, options })
  let daemon = await start()
  const importImage = async (version: MajorVersion, from: string): Promise<string> => {
    const image = `pgfork-test/postgres:${version}`
    await docker('import', ...imageChanges(version), from, image)
    return image
  }
  const image = await importImage(testedVersion(), archive)
  return {
    address,
    image,
    docker,
    addImage: async (version) => importImage(version, (await prepare(version)).archive),
    async kill() {
      const pidFile = join(folder, 'exec/containerd/containerd.pid')
      const supervisor = Number(await readFile(pidFile, 'utf8'))
      await daemon.kill()
      // It ends with the engine, but not at once, and the next engine would take it for one to be used as long as its process has a number.
      const isGone = async () => (await readProcess(supervisor)) === undefined
      await waitUntil(isGone, { timeoutMs: 30_000, what: 'end of the containerd of an engine that was killed' })
      await rm(pidFile, { force: true })
      return {
        async [Symbol.asyncDispose]() {
          daemon = await start()
        },
      }
    },
    freeze() {
      process.kill(daemon.pid, 'SIGSTOP')
      return { [Symbol.dispose]: () => void process.kill(daemon.pid, 'SIGCONT') }
    },
    async restart() {
      await daemon.end()
      daemon = await start()
    },
    log: () => readFile(join(folder, 'log'), 'utf8'),
    async [Symbol.asyncDispose]() {
      const ids = (await docker('ps', '--all', '--quiet')).split('\n').filter((id) => id !== '')
      if (ids.length > 0) await docker('rm', '--force', '--volumes', ...ids)
      // Bridges of the machine, which outlive the engine.
      await docker('network', 'prune', '--force')
      await daemon.end()
      // Of the machine's network, in which containers were.
      for (const { mountPoint } of await listMounts())
        if (isBelow(mountPoint, folder)) await runner.run('umount', [mountPoint])
      for (const [name, value] of Object.entries(before))
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface DaemonRequest {
  readonly root: string
  readonly folder: string
  readonly address: string
  readonly dataRoot: string
  docker(...words: string[]): Promise<string>
  readonly options: EngineOptions
}

async function startDaemon({ root, folder, address, dataRoot, docker, options }: DaemonRequest) {
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu')
  const { prefix = [], words = [] } = options
  const configuration = join(folder, 'daemon.json')
  // From its key comes its id, which is that of all engines of the machine otherwise.
  await writeFile(configuration, JSON.stringify({ 'deprecated-key-path': join(folder, 'key.json') }))
  const [file = '', ...line] = [
    ...[...prefix, join(root, 'usr/sbin/dockerd'), '--host', address, '--data-root', dataRoot],
    ...['--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')],
    ...['--config-file', configuration],
    // A machine that has an engine has its bridge and its rules.
    ...['--iptables=false', '--ip6tables=false', '--bridge=none', ...words],
  ]
  const daemon = await runner.start(file, line, {
    outputFile: join(folder, 'log'),
    workingDirectory: '/',
    environment: {
      PATH: `${join(root, 'usr/bin')}:${join(root, 'usr/sbin')}:${process.env.PATH}`,
      LD_LIBRARY_PATH: libraries,
      XTABLES_LIBDIR: join(libraries, 'xtables'),
    },
    diesWithCaller: true,
  })
  const ended = daemon.exited.then(async () => {
    throw new Error(
      `The engine ended. Its log ends with:\n${(await readFile(join(folder, 'log'), 'utf8')).slice(-2_000)}`,
    )
  })
  ended.catch(() => {})
  const answers = async () =>
    docker('version').then(
      () => true,
      () => false,
    )
  await Promise.race([ended, waitUntil(answers, { timeoutMs: 120_000, what: 'answer of the engine' })])
  const endBy = async (signal: NodeJS.Signals): Promise<void> => {
    process.kill(daemon.pid, signal)
    // What was started so keeps no process alive, such as that of the bench, whose last deed this is.
    const alive = setInterval(() => {}, 1_000)
    await daemon.exited.finally(() => clearInterval(alive))
  }
  return { pid: daemon.pid, end: () => endBy('SIGTERM'), kill: () => endBy('SIGKILL') }
}

/** What it takes, made once. */
async function prepare(version: MajorVersion): Promise<{ readonly root: string; readonly archive: string }> {
  const binaries = await findBinaries(version)
  if (binaries === undefined) throw new Error(`PostgreSQL ${version} is not installed`)
  const { stdout } = await runner.run('bash', [setup, version, binaries], { timeoutMs: 600_000 })
  const [root = '', archive = ''] = stdout.trim().split('\n')
  return { root, archive }
}

/** Where an image like the official one has its data, and what of it is a volume. */
export const imageLayout = (major: MajorVersion): { readonly data: string; readonly volume: string } =>
  Number(major) >= 18
    ? { data: `/var/lib/postgresql/${major}/docker`, volume: '/var/lib/postgresql' }
    : { data: '/var/lib/postgresql/data', volume: '/var/lib/postgresql/data' }

/** What its Dockerfile says. */
const imageChanges = (major: MajorVersion): string[] =>
  [
    `ENV PATH=/usr/lib/postgresql/${major}/bin:/usr/bin:/bin`,
    'ENV LANG=C.UTF-8',
    `ENV PGDATA=${imageLayout(major).data}`,
    `ENV PG_MAJOR=${major}`,
    `VOLUME ${imageLayout(major).volume}`,
    'EXPOSE 5432',
    'ENTRYPOINT ["docker-entrypoint.sh"]',
    'CMD ["postgres"]',
  ].flatMap((line) => ['--change', line])
