import process from 'node:process'
import { CommandError, type CommandResult, type CommandRunner, PgforkError } from '@pgfork/core'

/** A Docker engine, by its command: that finds the engine as its user's other commands do, and needs no library. */
export interface Engine {
  /** Undefined when there is no such container, image or network. @throws PgforkError `ENGINE_UNAVAILABLE`; CommandError */
  run(args: readonly string[], options?: EngineRunOptions): Promise<CommandResult | undefined>
}

interface EngineRunOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
  /** What it says of a thing that isn't there, where that is no failure. */
  readonly missing?: RegExp
  /** What a container does is waited for, so that a time limit says nothing of the engine. */
  readonly waits?: boolean
}

/** By these the command finds its engine; nothing else of the environment reaches it. */
const variables = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'XDG_RUNTIME_DIR',
]

/** @param address of the engine, as a record names it. Default: that of the environment */
export function engineAt(runner: CommandRunner, address?: string): Engine {
  const environment: Record<string, string> = {}
  for (const name of variables) {
    const value = process.env[name]
    if (value !== undefined && address === undefined) environment[name] = value
  }
  // Its user's configuration names the engine; it would also give passwords of proxies to every container (H88).
  if (address !== undefined) Object.assign(environment, { DOCKER_HOST: address, DOCKER_CONFIG: '/nonexistent' })
  return {
    async run(args, { missing, signal, waits = false, ...options } = {}) {
      try {
        return await runner.run('docker', args, {
          ...options,
          environment,
          ...(signal === undefined ? {} : { signal }),
        })
      } catch (error) {
        if (error instanceof CommandError && missing?.test(error.stderr)) return undefined
        throw explain(error, waits)
      }
    },
  }
}

function explain(error: unknown, waits: boolean): unknown {
  if (!(error instanceof CommandError)) return error
  if (error.code === 'COMMAND_TIMED_OUT' && !waits) return unanswered(error)
  if (/no space left on device/i.test(error.stderr) && !waits) return noSpace(error)
  const remedy =
    error.code === 'COMMAND_NOT_FOUND'
      ? "The command docker isn't there. Install it (Debian: docker.io, or docker-ce-cli of Docker)."
      : /permission denied while trying to connect/i.test(error.stderr)
        ? 'This user may not use the engine. Run as root, which forking the files of another user needs anyway.'
        : /Cannot connect to the Docker daemon|error during connect|failed to connect to the docker API/i.test(
              error.stderr,
            )
          ? 'The engine does not answer. Start it, or set DOCKER_HOST to its address.'
          : undefined
  return remedy === undefined
    ? error
    : new PgforkError('ENGINE_UNAVAILABLE', `${remedy} ${error.stderr.trim()}`.trim(), { cause: error })
}

/** A hung one would be asked in vain for as long again by whoever tries once more (H89). */
const unanswered = (error: CommandError): PgforkError =>
  new PgforkError(
    'ENGINE_UNAVAILABLE',
    `The engine has not answered in time: ${error.message} See what holds it up (journalctl --unit docker), or restart it.`,
    { hazard: 'H89', cause: error },
  )

const noSpace = (error: CommandError): PgforkError =>
  new PgforkError('NO_SPACE', `The engine has no room left for a container. ${error.stderr.trim()}`, { cause: error })
