import { type DriverContext, runDriverCommand, throwIfAborted } from '@pgfork/core/driver'
import { explainCommandError } from './command-errors.ts'
import type { Settings } from './options.ts'

/** What the cluster is asked, in the monitors' own words. */
export interface Question {
  readonly prefix: string
  readonly [word: string]: string | number
}

export interface Answers {
  /** The cluster's own id. */
  readonly fsid: string
  /** To each question: 0 or a negative error number of the system's, and the answer. */
  readonly answers: readonly (readonly [returned: number, text: string])[]
}

/** In the language of `ceph`, with the library that it uses. No setting of the environment's or of a user's is read. */
const program = [
  'import json, rados, sys',
  'asked = json.load(sys.stdin)',
  "cluster = rados.Rados(conffile=asked['conf'], rados_id=asked['user'], conf=asked['limits'])",
  'cluster.connect()',
  "answers = [cluster.mon_command(json.dumps(one), b'') for one in asked['questions']]",
  "print(json.dumps({'fsid': cluster.get_fsid(), 'answers': [[one[0], one[1].decode()] for one in answers]}))",
].join('; ')

/** Whoever doesn't answer by then is asked by `ceph`, which waits as long as the caller has said. */
const limits = { client_mount_timeout: '2', rados_mon_op_timeout: '5' }

/**
 * Asks the monitors in 0.06 s what `ceph` takes 0.27 s for, which fetches and reads the descriptions of all commands first.
 *
 * @returns undefined where that doesn't work, for whatever reason: `ceph` tells it
 */
export async function askMonitors(
  questions: readonly Question[],
  settings: Settings,
  context: DriverContext,
): Promise<Answers | undefined> {
  const { conf = '', user = 'admin' } = settings
  const asking = { input: JSON.stringify({ conf, user, limits, questions }), explain: explainCommandError }
  try {
    return JSON.parse(await runDriverCommand('/usr/bin/python3', ['-I', '-c', program], settings, context, asking))
  } catch {
    throwIfAborted(context.signal, 'The cluster was not asked, because the operation was aborted.')
    return undefined
  }
}
