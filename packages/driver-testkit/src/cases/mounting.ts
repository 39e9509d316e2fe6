import assert from 'node:assert/strict'
import { mkdtemp, rm, rmdir, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findMount, isPgforkError } from '@pgfork/core/driver'
import { read, VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

export const mounting: Case[] = [
  {
    name: 'H60: where a clone is to be mounted, anything but an empty directory of our own is refused',
    appliesTo: ({ semantics }) => semantics.clonesAreMounted,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const { reference, path } = await bench.clone(await bench.snapshot('one'), 'one')
      const mountPoint = await bench.driver.attach(reference, bench.context())
      // As after a reboot.
      await bench.context().runner.run('umount', ['--', mountPoint])
      const isRefused = (error: unknown): boolean => isPgforkError(error, 'PERMISSION_DENIED') && error.hazard === 'H60'
      const attach = (): Promise<string> => options.createDriver().attach(reference, bench.context())
      await writeFile(join(mountPoint, 'precious'), '')
      await assert.rejects(attach(), isRefused, 'a directory with a file in it')
      await unlink(join(mountPoint, 'precious'))
      await rmdir(mountPoint)
      const victim = await mkdtemp(join(tmpdir(), 'pgfork-victim-'))
      try {
        await symlink(victim, mountPoint)
        await assert.rejects(attach(), isRefused, 'a link')
        assert.equal(await findMount(victim), undefined)
      } finally {
        await unlink(mountPoint)
        await rm(victim, { recursive: true })
      }
      assert.equal(await attach(), mountPoint)
      assert.equal(await read(path, 'file'), 'original')
    },
  },
]
