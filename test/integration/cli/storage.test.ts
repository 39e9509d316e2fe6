import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { usualDirectory } from '../../../packages/testing/src/template/template-directory.ts'
import { createCluster } from '../../support/cluster/index.ts'
import { detachLoopDevice } from '../../support/storage/unmount.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { listMounts } from '../../support/system/mounts.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeCommand } from './describe-command.ts'
import { expectDocumented } from './documented-json.ts'

await describeCommand('btrfs', (bench) => {
  let folder: string
  let at: string
  let fstab: string
  const before = '# <file system> <mount point>\n/dev/sda1 / ext4 defaults 0 1\n'

  beforeEach(async () => {
    folder = await makeWorkFolder('storage-init')
    at = join(folder, 'forks')
    fstab = join(folder, 'fstab')
    await writeFile(fstab, before)
  })
  afterEach(async () => {
    for (const { mountPoint } of await listMounts())
      if (mountPoint.startsWith(folder)) await runner.run('umount', [mountPoint])
    await rm(folder, { recursive: true, force: true })
    await rm(join(bench.stateDirectory, 'storage'), { recursive: true, force: true })
  })

  test('one that was killed before it was mounted is told, and can be removed', async () => {
    const programs = join(folder, 'programs')
    await mkdir(programs)
    const began = join(folder, 'began')
    await writeFile(
      join(programs, 'mkfs.btrfs'),
      `#!/bin/sh\necho $$ > ${began}.new; mv ${began}.new ${began}; exec sleep 600\n`,
    )
    await chmod(join(programs, 'mkfs.btrfs'), 0o755)
    const environment = { ...bench.environment, PATH: `${programs}:${process.env.PATH}` }
    const words = ['storage', 'init', '--at', at, '--size', '300M', '--yes']
    const making = execa(process.execPath, [bench.commandPath, ...words], { env: environment, reject: false })
    await waitUntil(async () => existsSync(began), { what: 'The command that is hung', timeoutMs: 60_000 })
    making.kill('SIGKILL')
    await making
    process.kill(Number(await readFile(began, 'utf8')), 'SIGKILL')

    expect((await bench.pgfork(['storage', 'status'])).stdout).toMatch(/ unfinished /)
    const again = await bench.pgfork(words)
    expect(again).toMatchObject({ status: 4 })
    expect(again.stderr).toMatch(/begun and not finished.* Remove it \(pgfork storage remove storage\)/)
    expect(await remove()).toMatchObject({ status: 0 })
    expect((await readdir(folder)).sort()).toEqual(['began', 'fstab', 'programs'])
    expect(await init()).toMatchObject({ status: 0 })
    expect(await remove()).toMatchObject({ status: 0 })
  })

  test('one whose removal was killed when it was mounted no longer tells how to mount it, and can be removed then', async () => {
    expect(await init()).toMatchObject({ status: 0 })
    const programs = join(folder, 'programs')
    await mkdir(programs)
    const umount = `#!/bin/sh\n/usr/bin/umount "$@" && kill -KILL $PPID\n`
    await writeFile(join(programs, 'umount'), umount, { mode: 0o755 })
    const environment = { PATH: `${programs}:${process.env.PATH}` }
    expect(await bench.pgfork(['storage', 'remove', '--yes'], { environment })).toMatchObject({ signal: 'SIGKILL' })
    const refused = await bench.pgfork(['storage', 'remove', '--yes'])
    const [, told = ''] = /Mount it first: (.+)\.$/m.exec(refused.stderr) ?? []
    await rmdir(at)
    await execa('sh', ['-c', told])
    expect(await remove()).toMatchObject({ status: 0 })
    expect((await readdir(folder)).sort()).toEqual(['fstab', 'programs'])
  })

  const init = (...words: string[]) =>
    bench.pgfork(['storage', 'init', '--at', at, '--size', '300M', '--yes', '--json', ...words])
  const remove = () => bench.pgfork(['storage', 'remove', '--yes', '--json'])
  const wipe = (device: string) =>
    runner.run('wipefs', ['--all', '--quiet', device]).then(
      () => true,
      () => false,
    )
  /** What systemd makes of fstab when the machine boots: systemd-fstab-generator(8). */
  const unitAtBoot = async () => {
    const units = await makeWorkFolder('units')
    const generator = '/usr/lib/systemd/system-generators/systemd-fstab-generator'
    await runner.run(generator, [units, units, units], { environment: { SYSTEMD_FSTAB: fstab } })
    const { stdout } = await runner.run('systemd-escape', ['--path', '--suffix=mount', at])
    const text = await readFile(join(units, stdout.trim()), 'utf8')
    await rm(units, { recursive: true })
    return text
  }
  const mounts = async () => (await listMounts()).filter(({ mountPoint }) => mountPoint === at)

  test('a Btrfs is made in a file of root’s alone, shown, and removed with all that came with it', async () => {
    const made = await init('--fstab', fstab)
    expect(made.status, made.stdout).toBe(0)
    expect(await readFile('/proc/self/mounts', 'utf8')).toMatch(new RegExp(`${at} btrfs .*user_subvol_rm_allowed`))
    expect((await stat(`${at}.img`)).mode & 0o777).toBe(0o600)
    expect((await readFile(fstab, 'utf8')).replace(before, '')).toBe(
      `${at}.img ${at} btrfs loop,user_subvol_rm_allowed,nofail 0 0 # pgfork storage storage\n`,
    )
    expect(await unitAtBoot()).toContain(
      `\n[Mount]\nWhat=${at}.img\nWhere=${at}\nType=btrfs\nOptions=loop,user_subvol_rm_allowed,nofail\n`,
    )
    expect((await bench.pgfork(['storage', 'status', '--json'])).json()).toMatchObject({
      storages: [{ name: 'storage', mountPoint: at, backing: `${at}.img`, isMounted: true, forks: [] }],
    })
    expect(await usualDirectory(at)).toBe(join(at, 'templates'))
    await chown(at, 65_534, 65_534)
    expect(await usualDirectory(at)).not.toContain(at)
    await runner.run('umount', [at])
    await runner.run('mount', ['--all', '--fstab', fstab, '-t', 'btrfs'])
    expect(await mounts()).toHaveLength(1)
    const removed = await remove()
    expect(removed.status, removed.stdout).toBe(0)
    expectDocumented('storage remove', removed.json())
    expect(await readdir(folder)).toEqual(['fstab'])
    expect(await readFile(fstab, 'utf8')).toBe(before)
    expect((await bench.pgfork(['storage', 'status'])).stdout).toBe('There is no storage of pgfork’s.')
  })

  test('it grows while it is mounted, by what its file is given', async () => {
    const grow = (...words: string[]) => bench.pgfork(['storage', 'grow', ...words, '--yes', '--json'])
    expect(await init()).toMatchObject({ status: 0 })
    await writeFile(join(at, 'kept'), 'kept')
    expect(await grow()).toMatchObject({ status: 2, stdout: expect.stringContaining('Give --size') })
    expect(await grow('--size', '256M')).toMatchObject({ status: 2 })
    expect((await grow('--size', '900000G')).json()).toMatchObject({ error: { code: 'NO_SPACE' } })
    expect((await grow('--size', '400M', '--dry-run')).json()).toMatchObject({ isGrown: false, totalBytes: null })
    expect((await stat(`${at}.img`)).size).toBe(300 * 1024 ** 2)
    const grown = await grow('--size', '400M')
    expect(grown.status, grown.stdout).toBe(0)
    expectDocumented('storage grow', grown.json())
    expect(grown.json()).toMatchObject({ isGrown: true, totalBytes: 400 * 1024 ** 2 })
    expect((await bench.pgfork(['storage', 'status', '--json'])).json()).toMatchObject({
      storages: [{ name: 'storage', isMounted: true, totalBytes: 400 * 1024 ** 2 }],
    })
    expect(await readFile(join(at, 'kept'), 'utf8')).toBe('kept')
    expect(await grow('other')).toMatchObject({ status: 2, stdout: expect.stringContaining('no storage named other') })
    await runner.run('umount', [at])
    expect((await grow('--size', '500M')).json()).toMatchObject({ error: { code: 'STORAGE_MISSING' } })
    await runner.run('mount', ['-o', 'loop', `${at}.img`, at])
    await rm(join(at, 'kept'))
    expect(await remove()).toMatchObject({ status: 0 })
  })

  test('it stays while forks are in it, and while anything is', async () => {
    expect(await init()).toMatchObject({ status: 0 })
    const directory = join(at, 'main')
    await runner.run('btrfs', ['subvolume', 'create', directory])
    await giveToServerUser(directory)
    await chmod(directory, 0o700)
    const cluster = await createCluster({ directory })
    const timelines = join(bench.stateDirectory, 'timelines')
    const known = await readdir(timelines)
    try {
      const created = await bench.pgfork(['create', directory, '--name', 'inside', '--json'])
      expect(created.status, created.stdout).toBe(0)
      const refused = await remove()
      expect(refused).toMatchObject({ status: 4 })
      expect(refused.json()).toMatchObject({ error: { code: 'BUSY', message: expect.stringContaining('inside') } })
      expect(await bench.pgfork(['destroy', 'inside', '-y'])).toMatchObject({ status: 0 })
    } finally {
      await cluster[Symbol.asyncDispose]()
      // It stays for the next fork of that cluster.
      for (const name of await readdir(timelines)) if (!known.includes(name)) await rmdir(join(timelines, name))
    }
    await mkdir(join(at, 'anything'))
    expect((await remove()).json()).toMatchObject({
      error: { code: 'BUSY', message: expect.stringContaining('anything') },
    })
    expect(await mounts()).toHaveLength(1)
    for (const name of await readdir(at)) await rm(join(at, name), { recursive: true })
    expect(await remove()).toMatchObject({ status: 0 })
  })

  test('H72: one that is not mounted may hold forks, and stays', async () => {
    expect(await init()).toMatchObject({ status: 0 })
    await runner.run('umount', [at])
    expect((await remove()).json()).toMatchObject({ error: { code: 'STORAGE_MISSING' } })
    expect(await readdir(folder)).toContain('forks.img')
    await runner.run('mount', ['-o', 'loop', `${at}.img`, at])
    expect(await remove()).toMatchObject({ status: 0 })
  })

  test('nothing that is there is touched, and a failure leaves nothing', async () => {
    await writeFile(`${at}.img`, 'mine')
    expect(await init()).toMatchObject({ status: 4 })
    expect(await readFile(`${at}.img`, 'utf8')).toBe('mine')
    await rm(`${at}.img`)
    await mkdir(join(at, 'mine'), { recursive: true })
    expect(await init()).toMatchObject({ status: 4 })
    await rm(at, { recursive: true })
    expect((await init('--size', '900000G')).json()).toMatchObject({ error: { code: 'NO_SPACE' } })
    expect((await init('--owner', 'nobody-here')).json()).toMatchObject({ error: { code: 'COMMAND_FAILED' } })
    expect(await readdir(folder)).toEqual(['fstab'])
    expect((await bench.pgfork(['storage', 'status', '--json'])).json()).toMatchObject({ storages: [] })
  })

  test('a place that others could exchange is refused (H61)', async () => {
    await chmod(folder, 0o777)
    expect((await init()).json()).toMatchObject({ error: { code: 'PERMISSION_DENIED' } })
    expect(await readdir(folder)).toEqual(['fstab'])
  })

  test('a device that holds anything is refused; an empty one is taken, and keeps its file system', async () => {
    const file = join(folder, 'disk')
    await runner.run('truncate', ['--size', '400M', file])
    const { stdout } = await runner.run('losetup', ['--find', '--show', file])
    const device = stdout.trim()
    try {
      const refused = async (what: string) => {
        const { status, stdout } = await init('--device', device)
        expect(status, stdout).toBe(4)
        expect(stdout).toContain(what)
      }
      await runner.run('mkfs.ext4', ['-q', device])
      await refused('it holds ext4')
      const other = join(folder, 'other')
      await mkdir(other)
      await runner.run('mount', [device, other])
      await refused('it is in use')
      await runner.run('umount', [other])
      // The kernel lets go of it a moment after the umount.
      await waitUntil(() => wipe(device), { timeoutMs: 30_000, what: 'device that nobody holds' })
      await refused('does not begin with zeros')
      await runner.run('dd', ['if=/dev/zero', `of=${device}`, 'bs=1M', 'count=4', 'conv=fsync'])
      const made = await init('--device', device)
      expect(made.status, made.stdout).toBe(0)
      expect(await remove()).toMatchObject({ status: 0 })
      expect((await runner.run('wipefs', ['--noheadings', '--output', 'TYPE', device])).stdout.trim()).toBe('btrfs')
      expect(await init('--device', file)).toMatchObject({ status: 2 })
    } finally {
      await detachLoopDevice(file)
    }
  })

  /** On a terminal, with something done before the answer yes: script(1). */
  const answerLate = async (words: string, meanwhile: () => Promise<unknown>) => {
    const line = `'${process.execPath}' '${bench.commandPath}' storage ${words}`
    const asking = execa('script', ['-qec', line, '/dev/null'], { env: bench.environment, reject: false })
    let screen = ''
    asking.stdout.on('data', (chunk: Buffer) => {
      screen += chunk
    })
    await waitUntil(async () => screen.includes('[y/N]'), { timeoutMs: 60_000, what: 'the question' })
    await meanwhile()
    asking.stdin.write('y\n')
    const { exitCode } = await asking
    return { status: exitCode, screen }
  }

  test('what is put into it while remove waits for an answer stays, and can be written to', async () => {
    expect(await init()).toMatchObject({ status: 0 })
    const late = join(at, 'late')
    const { status, screen } = await answerLate('remove', () => mkdir(late))
    expect(status, screen).toBe(4)
    expect(screen).toContain('it holds late')
    await writeFile(join(late, 'file'), '')
    await rm(late, { recursive: true })
    expect(await remove()).toMatchObject({ status: 0 })
  })

  test('what another init makes at its place while one waits for an answer stays', async () => {
    const words = `init --at '${at}' --size 300M --name other`
    const { status, screen } = await answerLate(words, async () => expect(await init()).toMatchObject({ status: 0 }))
    expect(status, screen).toBe(4)
    expect(await mounts()).toHaveLength(1)
    expect(await readdir(folder)).toContain('forks.img')
    expect(await remove()).toMatchObject({ status: 0 })
    expect((await bench.pgfork(['storage', 'status', '--json'])).json()).toMatchObject({ storages: [] })
  })

  test('a dry run prints the commands and does nothing', async () => {
    const { status, stdout } = await bench.pgfork(['storage', 'init', '--at', at, '--size', '300M', '--dry-run'])
    expect({ status, lines: stdout.split('\n') }).toEqual({
      status: 0,
      lines: [
        `fallocate --length 314572800 ${at}.img`,
        `mkfs.btrfs --quiet --label pgfork ${at}.img`,
        `mount -t btrfs -o loop,user_subvol_rm_allowed ${at}.img ${at}`,
      ],
    })
    const words = ['storage', 'init', '--at', at, '--size', '300M', '--fstab', fstab, '--dry-run']
    expect((await bench.pgfork(words)).stdout.split('\n').slice(3)).toEqual([
      `and this line in ${fstab}:`,
      `${at}.img ${at} btrfs loop,user_subvol_rm_allowed,nofail 0 0 # pgfork storage storage`,
    ])
    const odd = await bench.pgfork(['storage', 'init', '--at', `${at}\n/etc`, '--dry-run'])
    expect(odd).toMatchObject({ status: 2, stdout: '' })
    expect(await readdir(folder)).toEqual(['fstab'])
  })
})
