import {
  type Command,
  type DriverContext,
  type RunOptions,
  runDriverCommand,
  throwIfAborted,
} from '@pgfork/core/driver'
import { explainCommandError } from './command-errors.ts'
import type { Settings } from './options.ts'

type CommandSettings = Pick<
  Settings,
  'conf' | 'user' | 'prefix' | 'commandTimeoutMs' | 'connectTimeoutMs' | 'busyTimeoutMs'
>

/** Runs a command that is not Ceph's, with the caller's prefix, and returns what it printed. @throws CommandError */
export const runCommand = (
  file: string,
  args: readonly string[],
  settings: CommandSettings,
  context: DriverContext,
  options: Pick<RunOptions, 'uninterruptible'> = {},
): Promise<string> => runDriverCommand(file, args, settings, context, { explain: explainCommandError, ...options })

/**
 * Runs one of `rbd`, `rados` and `ceph`. They end by themselves when the cluster doesn't answer, and when it takes no writes because it is
 * full: by default they would wait for ever. @throws CommandError
 */
export const runCeph = (
  file: 'rbd' | 'rados' | 'ceph',
  args: readonly string[],
  settings: CommandSettings,
  context: DriverContext,
  options: Pick<RunOptions, 'uninterruptible'> = {},
): Promise<string> => runCommand(file, cephWords(file, args, settings), settings, context, options)

/** For a command that goes on, or leaves something half made, where it is ended in the middle (H74). */
export const uninterrupted = ({ warn }: DriverContext): Pick<RunOptions, 'uninterruptible'> => ({
  uninterruptible: { warn },
})

/** All words after the command's name. */
const cephWords = (
  file: 'rbd' | 'rados' | 'ceph',
  args: readonly string[],
  settings: CommandSettings,
): readonly string[] => [...args, ...connection(file, settings)]

/** A command as it is run, for who wants to read it before. */
export const outlineCommand = (file: string, args: readonly string[], { prefix }: CommandSettings): Command => [
  ...prefix,
  file,
  ...args,
]

export const outlineCeph = (file: 'rbd' | 'rados', args: readonly string[], settings: CommandSettings): Command =>
  outlineCommand(file, cephWords(file, args, settings), settings)

/**
 * Runs a command that changes images. An abort counts before it, not while it runs, and its time limit ends in a warning: killed, it would
 * leave locks and half an image (H74). @throws CommandError, `ABORTED`
 */
export async function changeImages(
  args: readonly string[],
  settings: CommandSettings,
  context: DriverContext,
): Promise<void> {
  throwIfAborted(context.signal, 'rbd was not started, because the operation was aborted.')
  await runCeph('rbd', args, settings, context, uninterrupted(context))
}

export const runJson = async <Result>(
  file: 'rbd' | 'rados' | 'ceph',
  args: readonly string[],
  settings: CommandSettings,
  context: DriverContext,
): Promise<Result> => JSON.parse(await runCeph(file, [...args, '--format', 'json'], settings, context)) as Result

const opSeconds = 60

function connection(file: string, { conf, user, connectTimeoutMs }: CommandSettings): string[] {
  const seconds = Math.ceil(connectTimeoutMs / 1_000)
  const limits =
    file === 'ceph'
      ? [`--connect-timeout=${seconds}`]
      : [
          `--client-mount-timeout=${seconds}`,
          `--rados-mon-op-timeout=${seconds}`,
          `--rados-osd-op-timeout=${opSeconds}`,
        ]
  return [...(conf === undefined ? [] : ['--conf', conf]), ...(user === undefined ? [] : ['--id', user]), ...limits]
}
