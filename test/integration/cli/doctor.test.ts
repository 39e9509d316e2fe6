import { appendFile, chmod, chown, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { createCluster } from '../../support/cluster/index.ts'
import { inMountNamespace } from '../../support/elsewhere/in-mount-namespace.ts'
import { runner } from '../../support/system/runner.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeCommand } from './describe-command.ts'

interface Found {
  readonly isHealthy: boolean
  readonly findings: readonly { check: string; status: string; message: string; remedy: string | null }[]
}

await describeCommand('btrfs', (bench) => {
  const doctor = async (words: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) => {
    const { status, stdout } = await bench.pgfork(['doctor', ...words, '--json'], { environment })
    return read(status, stdout)
  }
  /** The same by another program that runs what follows it, such as setpriv(1). */
  const doctorBy = async (
    program: readonly string[],
    words: readonly string[],
    environment: Record<string, string>,
  ) => {
    const [file = '', ...args] = [...program, process.execPath, bench.commandPath, 'doctor', ...words, '--json']
    const { exitCode, stdout } = await execa(file, args, {
      env: { ...bench.environment, ...environment },
      reject: false,
    })
    return read(exitCode, stdout)
  }
  const read = (status: number | undefined, stdout: string) => {
    const found = JSON.parse(stdout) as Found
    const all = (check: string) => found.findings.filter((finding) => finding.check === check)
    return { status, found, all, of: (check: string) => all(check)[0] }
  }
  const writeConfig = async (config: object) => {
    const file = join(bench.folder, 'doctor.json')
    await writeFile(file, JSON.stringify(config))
    return ['--config', file]
  }

  test('all is well where a fork can be made, and nothing is changed', async () => {
    const fresh = join(bench.folder, 'fresh')
    const { status, found, of } = await doctor([], { PGFORK_STATE_DIRECTORY: fresh })
    expect(found).toMatchObject({ isHealthy: true })
    expect(status).toBe(0)
    expect(of('source.driver')).toMatchObject({ status: 'ok', message: expect.stringContaining('btrfs') })
    for (const check of ['space.data', 'cost', 'connection', 'libraries', 'memory'])
      expect(of(`source.${check}`), check).toMatchObject({ status: 'ok', remedy: null })
    expect(of('source.memory')?.message).toMatch(/room for \d+ forks/)
    for (const name of ['btrfs', 'copy', 'overlay']) expect(of(`driver.${name}`), name).toMatchObject({ status: 'ok' })
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('pgfork-doctor-'))).toEqual([])
    expect(of('driver.btrfs')?.message).toContain(bench.storage.path)
    await expect(rm(fresh, { recursive: true })).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('what is not installed is told with the package', async () => {
    const hide = `
      for program in setpriv btrfs zfs lvs umount mount; do
        for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin; do
          if [ -e $folder/$program ]; then mount --bind /dev/null $folder/$program; fi
        done
      done
      exec "$@"`
    const { status, of } = await doctorBy(inMountNamespace(hide), [], {})
    expect(status).toBe(5)
    expect(of('tools.setpriv')).toMatchObject({ status: 'problem', remedy: 'Install util-linux.' })
    for (const name of ['btrfs', 'zfs', 'lvm', 'overlay'])
      expect(of(`driver.${name}`)).toMatchObject({ status: 'warning', remedy: expect.stringContaining('Install') })
  })

  test('what the path lacks and commands are found by nevertheless is not told to be missing', async () => {
    const { status, of } = await doctor([], { PATH: '/nowhere' })
    expect(status).toBe(0)
    for (const check of ['tools.setpriv', 'driver.btrfs', 'driver.overlay'])
      expect(of(check), check).toMatchObject({ status: 'ok' })
  })

  test('a state directory that others could exchange', async () => {
    const open = join(bench.folder, 'open')
    await mkdir(open)
    await chmod(open, 0o777)
    const { status, of } = await doctor([], { PGFORK_STATE_DIRECTORY: join(open, 'state') })
    expect(status).toBe(5)
    expect(of('machine.state')).toMatchObject({ status: 'problem', message: expect.stringContaining(open) })
  })

  test('a source that is not there', async () => {
    const { status, of } = await doctor(['/nowhere'])
    expect(status).toBe(5)
    expect(of('source.found')).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('SOURCE_NOT_FOUND'),
    })
  })

  test('H55: storage that is fuller than the thresholds allow, and one with less room than a copy takes', async () => {
    const full = await writeConfig({ create: { spaceThresholds: { dataPercent: 0.001 } } })
    const { status, of } = await doctor(full)
    expect(status).toBe(5)
    expect(of('source.space.data')).toMatchObject({ status: 'problem', remedy: expect.stringContaining('pgfork gc') })
    const small = join(bench.folder, 'small')
    await mkdir(small)
    await runner.run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', small])
    try {
      const narrow = await doctor(
        await writeConfig({ driver: 'copy', drivers: { copy: { directory: join(small, 'copies') } } }),
      )
      expect(narrow.status).toBe(5)
      expect(narrow.of('source.driver')).toMatchObject({
        status: 'warning',
        message: expect.stringContaining('copy: every fork copies all bytes'),
        remedy: expect.stringContaining('pgfork storage init'),
      })
      expect(narrow.of('source.cost')).toMatchObject({ status: 'problem', message: expect.stringContaining('H55') })
    } finally {
      await runner.run('umount', [small])
    }
  })

  test('a driver that does not serve the source, and those that copy', async () => {
    const wrong = await doctor(['--driver', 'zfs'])
    expect(wrong.status).toBe(5)
    expect(wrong.of('source.driver')).toMatchObject({ status: 'problem' })
    const copy = await doctor(['--driver', 'copy'])
    expect(copy.of('source.driver')).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('copies that share'),
    })
    const overlay = await doctor(['--driver', 'overlay'])
    expect(overlay.of('source.driver')).toMatchObject({ message: expect.stringMatching(/^overlay: /) })
  })

  test('H28: forks that would take more memory than there is', async () => {
    const { status, of } = await doctor(await writeConfig({ create: { settings: { shared_buffers: '900TB' } } }))
    expect(status).toBe(0)
    expect(of('source.memory')).toMatchObject({ status: 'warning', remedy: expect.stringContaining('shared_buffers') })
  })

  test('what a fork would be otherwise than its source, by the number of the hazard', async () => {
    const directory = await bench.directory('odd')
    await using odd = await createCluster({ directory })
    await odd.settings({ wal_level: 'minimal', max_wal_senders: 0 })
    await odd.restart()
    const rules = join(directory, 'pg_hba.conf')
    await writeFile(rules, 'local all all reject\nhost all all 127.0.0.1/32 reject\n')
    process.kill(odd.pid as number, 'SIGHUP')
    const isRefused = () =>
      odd.query('SELECT 1').then(
        () => false,
        () => true,
      )
    await waitUntil(isRefused, { timeoutMs: 60_000, what: 'a server that lets nobody in' })
    const running = await doctor([directory])
    expect(running.status, JSON.stringify(running.found)).toBe(0)
    expect(running.of('source.connection')).toMatchObject({
      status: 'warning',
      remedy: expect.stringContaining('~/.pgpass'),
    })
    expect(running.of('source.timeline')).toMatchObject({ status: 'warning', message: expect.stringContaining('H15') })
    const copied = await doctor([directory, '--driver', 'copy'])
    expect(copied.status).toBe(5)
    expect(copied.of('source.forkable')).toMatchObject({
      message: expect.stringContaining('(CONNECTION_REQUIRED, H4)'),
      remedy: 'pgfork explain CONNECTION_REQUIRED',
    })

    await odd.stop()
    await appendFile(odd.configFile, "shared_preload_libraries = 'pg_cron, mine'\n")
    await writeFile(rules, 'host @people all 127.0.0.1/32 scram-sha-256\n')
    const stopped = await doctor([directory])
    expect(stopped.status, JSON.stringify(stopped.found)).toBe(0)
    expect(stopped.all('source.libraries')).toMatchObject([
      { status: 'warning', message: expect.stringContaining('H25'), remedy: 'pgfork explain H25' },
      { status: 'warning', message: expect.stringMatching(/H67.*--keep-worker mine/), remedy: 'pgfork explain H67' },
    ])
    expect(stopped.all('source.warning')).toMatchObject([
      { status: 'warning', message: expect.stringContaining('H29'), remedy: 'pgfork explain H29' },
    ])
  })

  test('an ordinary user is told the lines that give the rights of each driver, and whose the source is', async () => {
    const bin = join(bench.folder, 'stubs')
    await mkdir(bin)
    for (const name of ['zfs', 'lvs', 'lvcreate', 'lvremove'])
      await writeFile(join(bin, name), '#!/bin/sh\n', { mode: 0o755 })
    const { dataDirectory } = bench.source
    const { gid, mode } = await stat(dataDirectory)
    await chmod(dataDirectory, 0o750)
    const state = join(bench.folder, 'nobodys')
    await mkdir(state, { mode: 0o700 })
    await chown(state, 65_534, 65_534)
    const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--groups', String(gid)]
    const environment = { PATH: `${bin}${delimiter}${process.env.PATH}`, PGFORK_STATE_DIRECTORY: state }
    try {
      const { status, of } = await doctorBy(asNobody, ['--no-config'], environment)
      expect(status).toBe(5)
      expect(of('source.owner')).toMatchObject({ status: 'problem', remedy: expect.stringContaining('sudo -u') })
      expect(of('source.forkable')).toBeUndefined()
      // Whoever may mount anything is root: nobody is told to allow that unasked.
      expect(of('driver.overlay')).toMatchObject({ status: 'warning', remedy: expect.not.stringContaining('NOPASSWD') })
      const nobody = (await runner.run('id', ['--user', '--name', '65534'])).stdout.trim()
      expect(of('machine.user')?.message).toContain('user 65534')
      for (const name of ['zfs', 'lvm'])
        expect(of(`driver.${name}`), name).toMatchObject({
          status: 'warning',
          remedy: expect.stringMatching(new RegExp(`^${nobody} ALL ?= ?\\(root\\) NOPASSWD: `, 'm')),
        })
      // As in many a container.
      const nameless = ['setpriv', '--reuid', '54321', '--regid', '54321', '--clear-groups']
      const unknown = await doctorBy(nameless, ['--no-config', '--state-directory', join(bench.folder, 'none')], {})
      expect(unknown.of('machine.user')?.message).toContain('user 54321')
      const withPrefix = { drivers: { lvm: { prefix: ['sudo', '-n'] } } }
      const [option = '', file = ''] = await writeConfig(withPrefix)
      const configured = await doctorBy(asNobody, [option, file], environment)
      expect(configured.of('driver.lvm')).toMatchObject({ status: 'ok', message: expect.stringContaining('sudo -n') })
    } finally {
      await chmod(dataDirectory, mode & 0o7777)
    }
  })

  test('binaries that are not there, and an engine of containers that does not answer', async () => {
    const bin = join(bench.folder, 'engine')
    await mkdir(bin)
    await writeFile(join(bin, 'docker'), '#!/bin/sh\necho "no such engine" >&2\nexit 1\n', { mode: 0o755 })
    const hide = 'mount -t tmpfs none /usr/lib/postgresql && exec "$@"'
    const { status, of } = await doctorBy(inMountNamespace(hide), [], { PATH: `${bin}${delimiter}${process.env.PATH}` })
    expect(status).toBe(5)
    expect(of('machine.containers')).toMatchObject({ status: 'warning', remedy: 'See docs/containers.md.' })
    expect(of('machine.binaries')).toMatchObject({ status: 'warning' })
    expect(of('source.binaries')).toMatchObject({ status: 'warning', remedy: expect.stringContaining('postgresql-') })
    expect(of('source.forkable')).toMatchObject({ message: expect.stringContaining('BINARIES_NOT_FOUND') })
  })

  test('people get a line each, and what to do below it', async () => {
    const { stdout, status } = await bench.pgfork(['doctor', '/nowhere'])
    expect(status).toBe(5)
    expect(stdout).toMatch(/^ok {7}machine\.platform +linux/m)
    expect(stdout).toMatch(/^PROBLEM {2}source\.found .*\n +-> Give the data directory/m)
  })
})
