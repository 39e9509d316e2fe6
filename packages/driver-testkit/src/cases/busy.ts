import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access } from 'node:fs/promises'
import process from 'node:process'
import { isPgforkError, type PgforkError } from '@pgfork/core/driver'
import { read, VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

const hastyMs = 300
const patientMs = 30_000

/** A process that works in a folder until it is disposed of. */
async function workIn(folder: string): Promise<AsyncDisposable & { readonly pid: number | undefined }> {
  const child: ChildProcess = spawn('sleep', ['600'], { cwd: folder, stdio: 'ignore' })
  const ended = once(child, 'exit')
  await once(child, 'spawn')
  return {
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Lets go of all others than those that `$1` is seen through: they may be of other tests. */
const keepMounted = `
  while read -r _ _ _ _ point _; do
    case "$point" in /proc* | /sys* | /dev*) continue ;; esac
    case "$1/" in "\${point%/}"/*) continue ;; esac
    umount -l "$point" 2> /dev/null || true
  done < /proc/self/mountinfo
  echo ready
  read -r _`

/** A process that has it mounted in a mount namespace of its own, as a container may, until it is disposed of. */
async function mountElsewhere(path: string): Promise<AsyncDisposable & { readonly pid: number | undefined }> {
  const words = ['--mount', '--propagation', 'private', 'sh', '-c', keepMounted, 'sh', path]
  const child = spawn('unshare', words, { cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = once(child, 'exit')
  const [ready] = await Promise.race([once(child.stdout, 'data'), ended])
  assert.match(String(ready), /ready/, 'no mount namespace could be made')
  return {
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await ended
    },
  }
}

const isBusy = (error: unknown): error is PgforkError => isPgforkError(error, 'BUSY') && error.hazard === 'H56'

export const busy: Case[] = [
  {
    name: 'H56: a clone that somebody works in is BUSY and names who; it stays as it is, and goes when they have left',
    appliesTo: ({ semantics }) => semantics.clonesAreMounted,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const { reference, path } = await bench.clone(await bench.snapshot('one'), 'one')
      const holder = await workIn(path)
      try {
        const names = `(pid ${holder.pid}) holds ${path}`
        await assert.rejects(
          options.createDriver({ busyTimeoutMs: hastyMs }).removeClone(reference, bench.context()),
          (error) => isBusy(error) && error.message.includes(names),
          `not refused, or without "${names}"`,
        )
        assert.equal(await read(await bench.pathOf(reference), 'file'), 'original')
        const removal = options.createDriver({ busyTimeoutMs: patientMs }).removeClone(reference, bench.context())
        await holder[Symbol.asyncDispose]()
        await removal
      } finally {
        await holder[Symbol.asyncDispose]()
      }
      await assert.rejects(access(path), { code: 'ENOENT' })
    },
  },
  {
    name: 'H56: a clone that is mounted in another mount namespace still is gone or BUSY, which names who has it, and goes when they have left',
    appliesTo: ({ semantics }) => semantics.clonesAreMounted && process.geteuid?.() === 0,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      const { reference, path } = await bench.clone(await bench.snapshot('one'), 'one')
      const clonesLeft = async (): Promise<string[]> => {
        const items = await bench.driver.list(bench.volume, bench.context())
        return items.filter(({ kind }) => kind === 'clone').map(({ name }) => name)
      }
      {
        await using holder = await mountElsewhere(path)
        const names = new RegExp(`\\(pid ${holder.pid}\\) has it mounted in another mount namespace`)
        await options
          .createDriver({ busyTimeoutMs: hastyMs })
          .removeClone(reference, bench.context())
          .then(
            async () => assert.deepEqual(await clonesLeft(), [], 'it counts as removed'),
            (error: unknown) => assert.ok(isBusy(error) && names.test(error.message), String(error)),
          )
      }
      await bench.driver.removeClone(reference, bench.context())
      assert.deepEqual(await clonesLeft(), [])
      await assert.rejects(access(path), { code: 'ENOENT' })
    },
  },
  {
    name: 'H56: a removal that waits for somebody can be aborted, and made again',
    appliesTo: ({ semantics }) => semantics.clonesAreMounted,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      const { reference, path } = await bench.clone(await bench.snapshot('one'), 'one')
      const aborting = new AbortController()
      const holder = await workIn(path)
      try {
        const driver = options.createDriver({ busyTimeoutMs: patientMs })
        const removal = driver.removeClone(reference, bench.context(aborting.signal))
        const timer = setTimeout(() => aborting.abort(), hastyMs)
        await assert.rejects(removal, (error) => isPgforkError(error, 'ABORTED'))
        clearTimeout(timer)
      } finally {
        await holder[Symbol.asyncDispose]()
      }
      await bench.driver.removeClone(reference, bench.context())
      assert.deepEqual(
        (await bench.driver.list(bench.volume, bench.context())).map(({ kind }) => kind),
        ['snapshot'],
      )
    },
  },
  {
    name: 'H56: a clone that somebody works in goes all the same',
    appliesTo: ({ semantics }) => !semantics.clonesAreMounted,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      const { reference, path } = await bench.clone(await bench.snapshot('one'), 'one')
      const holder = await workIn(path)
      try {
        await options.createDriver({ busyTimeoutMs: hastyMs }).removeClone(reference, bench.context())
        await assert.rejects(access(path), { code: 'ENOENT' })
      } finally {
        await holder[Symbol.asyncDispose]()
      }
    },
  },
]
