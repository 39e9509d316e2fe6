import type { ErrorCode } from '@pgfork/core'

/** What to do about each code, where the message of an error has nothing better to say. Markdown, for docs/errors.md. */
export const remedies: Readonly<Record<ErrorCode, string>> = {
  INVALID_OPTION: 'Correct the option that `facts.option` or the message names. [Options](options.md) has all of them.',
  INVALID_NAME: 'Choose 1 to 48 of `a-z 0-9 . _ -`, the first a letter or digit, no two dots in a row.',

  SOURCE_NOT_FOUND: 'Check the path (`SHOW data_directory`), and that this user may enter the folders above it.',
  SOURCE_NOT_A_CLUSTER: 'Give the directory that has `PG_VERSION` in it, not the one above.',
  SOURCE_WRONG_OWNER: 'Run as the user who owns the data directory, or as root.',
  SOURCE_NOT_CLEAN: 'Start the source and stop it again, or fork it while it runs.',
  SOURCE_LOST: 'See in the log of the source why it ended. When it runs again, repeat.',
  SOURCE_CHANGED: 'The fork was removed. Repeat while nobody starts, stops or moves the source.',
  CONNECTION_REQUIRED:
    'Give `source.connection` with a role that may do it, or correct what the message says of the attempt. A password is taken from `PGPASSWORD` or `~/.pgpass`. A source that was stopped cleanly needs none.',
  LAYOUT_REFUSED:
    'The message names the file or link. Move it into the data directory, or to where the driver can copy it too.',
  SETTING_REFUSED:
    'Leave the setting out of `settings`, or change it in the source, or in the `postgresql.conf` of a fork that is not started, as the message says.',

  BINARIES_NOT_FOUND: 'Install the server of the same major version, or give its folder in `source.binDirectory`.',
  VERSION_MISMATCH: 'Give in `source.binDirectory` the folder of the same major version as in `PG_VERSION`.',

  NAME_TAKEN: 'Choose another name, or destroy the one that has it.',
  FORK_NOT_FOUND: '`listForks()` or `pgfork list` has all of this state directory. Other users have others.',
  FORK_PROTECTED: 'If it may go: `unprotect()`, or `pgfork protect --off`.',
  FORK_NOT_READY:
    'Wait if it is being made, reset or removed. Otherwise destroy it, or let `collectGarbage()` remove it.',
  SNAPSHOT_NOT_FOUND: '`listSnapshots()` or `pgfork snapshot list` has all of this state directory.',
  SNAPSHOT_PROTECTED: 'If it may go: `unprotect()`, or `pgfork snapshot protect --off`.',
  SNAPSHOT_NOT_FORKABLE: 'Make a new snapshot, and destroy this one.',
  RESET_UNAVAILABLE:
    'Pass the same `prepare`, or the archive of its moment (`wal`), to `reset()`. A fork without a snapshot is made again instead, or with `resettable: true`.',
  MOMENT_NOT_COVERED:
    'Choose one of the moments that `facts` names, or name an archive with the missing WAL in `wal`. See [moments](moments.md).',
  MOMENT_NOT_FOUND: 'Check the number or the name, or give the time or the location instead.',
  HISTORY_NOT_FOUND: 'Begin one: `pgfork history record`. See [moments](moments.md).',
  HISTORY_DIVERGED: 'Moments until then can still be forked. To begin anew: `pgfork history remove`, then `record`.',
  ACCESS_REFUSED:
    'The message says which line of `pg_hba.conf`, right or password is missing, there. See [staging](staging.md#what-it-needs-there).',
  STANDBY_NOT_FOUND: 'See `pgfork standby list`; another user, or another state directory, has other ones.',
  STANDBY_NOT_READY:
    '`pgfork gc` removes what an ended process has left; `pgfork standby destroy` what could not be removed.',
  STANDBY_NOT_STREAMING: 'The quoted log says why. What was made is removed, or is as before.',
  IMPORT_NOT_FOUND: 'See `pgfork import list`; another user, or another state directory, has other ones.',
  IMPORT_NOT_READY:
    '`pgfork gc` removes what an ended process has left; `pgfork import destroy` what could not be removed.',
  EXTENSIONS_MISSING: 'Install the extensions here, or leave them out by `withoutExtensions`.',
  PORT_IN_USE: 'Leave `port` out, or choose a free one.',

  DRIVER_NOT_APPLICABLE:
    'Choose the driver of the storage that the source lies on, or leave `driver` out. See [drivers](drivers.md).',
  DRIVER_UNSUPPORTED: 'The message says what is missing. `@pgfork/driver-copy` works on every file system.',
  DRIVER_NOT_FOUND: 'Install the package of the driver beside `@pgfork/core`. See [drivers](drivers.md).',
  TARGET_EXISTS: 'Nothing was overwritten. Choose another place, or remove what is there.',
  NO_SPACE: 'Free or add space, destroy forks and snapshots, or raise `spaceThresholds` if you know that it suffices.',
  PERMISSION_DENIED: 'The message names the path or command. `pgfork doctor` prints the line that gives the right.',
  COPY_MISSING: 'It can only be destroyed, which removes what is left of it and its record.',
  STORAGE_MISSING:
    'Mount the file system, import the pool or activate the volume group, and repeat. Nothing was forgotten.',
  BUSY: 'End what uses it, as the message says, or wait and repeat.',

  COMMAND_FAILED: '`command` and `stderr` of the error tell which and why.',
  COMMAND_NOT_FOUND: 'Install the package that has it. `pgfork doctor` tells what each storage needs.',
  COMMAND_TIMED_OUT: 'See whether the storage hangs (`dmesg`); otherwise repeat when the machine is less busy.',
  ABORTED: 'Nothing: the caller wanted it. What had been made is removed.',
  TIMED_OUT: 'The message says what was waited for, and names the option that allows more where there is one.',

  CONTAINER_NOT_FOUND:
    '`docker ps -a` and `docker image ls` list what there is, and `DOCKER_HOST` says in which engine. Give one of several containers by its name.',
  CONTAINER_REFUSED: 'The message says what to change. See [containers](containers.md#what-is-refused).',
  ENGINE_UNAVAILABLE: 'Start the engine, set `DOCKER_HOST` to its address, or install its command `docker`.',

  LAUNCHER_NOT_FOUND: 'Install `@pgfork/containers` beside `@pgfork/core`, in the same version.',
  SERVER_HIDDEN: 'Stop the server where it runs. If it has ended for certain, remove its `postmaster.pid`.',
  SERVER_START_FAILED: 'The quoted log says why: often a library that is not installed, or too little memory.',
  SETUP_FAILED: 'Correct the function; `cause` is what it threw.',
  POOL_EXHAUSTED: 'Give servers back (`destroy()`, `await using`), make the pool larger, or run fewer tests at once.',
  POOL_CLOSED: 'Take servers before the pool is closed, and close it last.',
  PREPARE_FAILED: 'Correct the function; `cause` is what it threw. The fork was removed.',
  VERIFICATION_FAILED:
    'The message names the check. The fork was removed; see whether its source passes the same (`amcheck`, checksums).',
  STATE_UNUSABLE: 'The message names the file. `rebuildState()` makes lost records anew from what the storage holds.',
}
