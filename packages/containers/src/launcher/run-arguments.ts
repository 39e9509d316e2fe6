import type { UserIdentity } from '@pgfork/core'
import { limitWords } from '../engine/limits.ts'
import type { Bind } from './bind-sources.ts'
import { containerNameOf, directoryLabel } from './container-name.ts'
import { type ContainerPlace, libraryVariable } from './place.ts'

interface ContainerRequest {
  readonly place: ContainerPlace
  readonly owner: UserIdentity
  readonly dataDirectory: string
  /** Of the data directory, and what else is mounted. */
  readonly binds: readonly Bind[]
}

/**
 * Written first, so that it is PostgreSQL's own process that is signalled and waited for. The pipe is read by a grandchild, which
 * the container's init adopts: a postmaster takes every child for a server process. When nobody holds the pipe open for writing any more, the
 * maker has ended, and a server that goes with its maker needs no last checkpoint. He may have ended already, and nobody opens a pipe for reading
 * before somebody writes: so it is opened for both first.
 */
const tie = `if [ -n "$3" ]; then
  exec 4<> "$3"
  exec 3< "$3" 4<&-
  ( (read -r _ <&3; kill -QUIT $$) > /dev/null 2>&1 & )
  exec 3<&-
fi`
const serverScript = `${tie}
exec "$2" -D "$0" >> "$1" 2>&1`
const programScript = `${tie}
program=$2
shift 3
exec "$program" "$@"`

interface TiedRequest extends ContainerRequest {
  /** A path, or a name to be found in the image's PATH. */
  readonly program: string
  /** undefined: what runs outlives its maker. */
  readonly makerPipe: string | undefined
}

export interface ServerRequest extends TiedRequest {
  readonly logFile: string
}

/** The words behind `docker` that start a server. */
export const serverArguments = (request: ServerRequest): string[] => [
  ...['run', '--detach', '--name', containerNameOf(request.dataDirectory)],
  ...common(request),
  ...['--restart', 'no', '--stop-signal', 'SIGINT', '--network', request.place.network],
  ...['--entrypoint', 'sh', request.place.image, '-c', serverScript],
  ...[request.dataDirectory, request.logFile, request.program, request.makerPipe ?? ''],
]

/** The words behind `docker` that run a program to its end, or to that of its maker (H87). */
export const programArguments = (request: TiedRequest, args: readonly string[]): string[] => [
  'run',
  ...common(request),
  // A program that is ended by SIGQUIT would leave its memory in a file.
  ...['--ulimit', 'core=0', '--network', 'none', '--entrypoint', 'sh', request.place.image, '-c', programScript],
  ...[request.dataDirectory, '', request.program, request.makerPipe ?? '', ...args],
]

function common({ place, owner, dataDirectory, binds }: ContainerRequest): string[] {
  return [
    // Nothing of a container is left when it has ended, not even after its engine was restarted.
    ...['--rm', '--pull', 'never', '--no-healthcheck', '--log-driver', 'none'],
    // As the first process, the postmaster would take orphans of others for its own children, and a program would heed no signal.
    '--init',
    ...['--label', `${directoryLabel}=${dataDirectory}`],
    ...['--user', `${owner.uid}:${owner.gid}`, '--workdir', dataDirectory],
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--ipc', 'private'],
    ...['--shm-size', String(place.shmBytes), ...limitWords(place.limits)],
    ...(place.libraryPath === undefined ? [] : ['--env', `${libraryVariable}=${place.libraryPath}`]),
    // Without them, whoever manages the source's containers takes this one for one of his.
    ...place.foreignLabels.flatMap((label) => ['--label', `${label}=`]),
    ...place.volumes.flatMap((path) => ['--mount', fields('type=tmpfs', `dst=${path}`, 'tmpfs-size=1048576')]),
    ...binds.flatMap(({ source, path }) => ['--mount', fields('type=bind', `src=${source}`, `dst=${path}`)]),
  ]
}

/** As CSV, which `--mount` takes: a path may have a comma in it. */
const fields = (...all: string[]): string =>
  all.map((field) => (/[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')
