import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandRunner } from '@pgfork/core/driver'
import { describe, expect, test } from 'vitest'
import { createExt4 } from '../../../test/support/storage/index.ts'
import { btrfs } from './index.ts'
import { createContext, createTestBtrfs, obstacle, takeSnapshot } from './test-fixture.ts'

describe.skipIf(obstacle !== undefined)('errors of the btrfs command', () => {
  test('carry a code of their own, the command and what it said', async () => {
    await using storage = await createTestBtrfs()
    await using ext4 = await createExt4({ sizeMb: 64 })
    const [driver, context] = [btrfs(), createContext()]
    const volume = await driver.locate(storage.data, context)
    const snapshotOf = (root: string, name: string, directory = volume.attributes.directory ?? '') =>
      takeSnapshot(driver, { ...volume, root, attributes: { directory } }, name, context)

    await expect(snapshotOf(join(storage.path, 'absent'), 'a')).rejects.toMatchObject({
      code: 'COPY_MISSING',
      command: ['btrfs', 'subvolume', 'snapshot', '-r', join(storage.path, 'absent'), expect.any(String)],
      stderr: expect.stringContaining('No such file or directory'),
      exitCode: 1,
    })
    await expect(snapshotOf(storage.data, 'b')).rejects.toMatchObject({ code: 'DRIVER_NOT_APPLICABLE' })
    await expect(snapshotOf(ext4.path, 'c')).rejects.toMatchObject({ code: 'DRIVER_NOT_APPLICABLE' })
    const elsewhere = join(ext4.path, 'forks')
    await mkdir(elsewhere, { mode: 0o711 })
    await expect(snapshotOf(volume.root, 'd', elsewhere)).rejects.toMatchObject({ code: 'DRIVER_NOT_APPLICABLE' })
  })

  test('tell which package to install', async () => {
    await using storage = await createTestBtrfs()
    const [driver, context] = [btrfs(), createContext()]
    const volume = await driver.locate(storage.data, context)
    const runner: CommandRunner = {
      ...context.runner,
      run: (file, args, options) => context.runner.run(`${file}-is-not-installed`, args, options),
    }
    await expect(takeSnapshot(driver, volume, 'x', { ...context, runner })).rejects.toMatchObject({
      code: 'COMMAND_NOT_FOUND',
      message: expect.stringContaining('apt-get install btrfs-progs'),
    })
    await driver.removeSnapshot({ volume, name: 'x' }, context)
    expect(await driver.list(volume, context)).toEqual([])
  })

  test('the prefix stands before every btrfs command, and its refusal is a refusal', async () => {
    await using storage = await createTestBtrfs()
    const context = createContext()
    const prefixed = btrfs({ prefix: ['env', 'LC_ALL=C'] })
    const volume = await prefixed.locate(storage.data, context)
    const snapshot = await takeSnapshot(prefixed, volume, 's', context)
    await prefixed.removeSnapshot(snapshot, context)
    const commands = context.commands.filter((command) => command.includes('btrfs subvolume'))
    expect(commands).toHaveLength(2)
    for (const command of commands) expect(command).toMatch(/^env LC_ALL=C btrfs subvolume/)

    const script = join(storage.path, 'sudo')
    await writeFile(script, '#!/bin/sh\necho "sudo: a password is required" >&2; exit 1\n', { mode: 0o755 })
    const refused = btrfs({ prefix: [script, '-n'] })
    await expect(takeSnapshot(refused, volume, 'refused', context)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  test('an aborted operation is ABORTED and can be cleaned up', async () => {
    await using storage = await createTestBtrfs()
    const driver = btrfs()
    const volume = await driver.locate(storage.data, createContext())
    const controller = new AbortController()
    controller.abort()
    await expect(takeSnapshot(driver, volume, 'x', createContext(controller.signal))).rejects.toMatchObject({
      code: 'ABORTED',
    })
    await driver.removeSnapshot({ volume, name: 'x' }, createContext())
    expect(await driver.list(volume, createContext())).toEqual([])
  })
})
