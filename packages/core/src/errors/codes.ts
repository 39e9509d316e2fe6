/**
 * Every code that a `PgforkError` can carry, with what it means. Codes are stable; messages are not.
 * The `REFUSED` ones protect the source; the error's `hazard` names the row of docs/hazards.md.
 */
export const errorCodes = {
  INVALID_OPTION: 'an option has a value of the wrong type or range',
  INVALID_NAME: 'a name has characters or a length that not every storage accepts',

  SOURCE_NOT_FOUND: 'the source directory does not exist or cannot be read',
  SOURCE_NOT_A_CLUSTER: 'the source directory is not a PostgreSQL data directory',
  SOURCE_WRONG_OWNER: 'the source belongs to another user, and the caller is not root',
  SOURCE_NOT_CLEAN: 'the source is stopped but was not shut down cleanly, so it cannot be copied this way',
  SOURCE_LOST: 'the source stopped or restarted while it was being forked',
  SOURCE_CHANGED: 'after the fork the source was not as before',
  CONNECTION_REQUIRED: 'the running source has to be connected to, and that failed',
  LAYOUT_REFUSED: 'a snapshot would miss, or share with the source, part of its files',
  SETTING_REFUSED: 'a setting of the source or of the caller would make the fork unsafe',

  BINARIES_NOT_FOUND: 'the PostgreSQL server binaries for the source were not found',
  VERSION_MISMATCH: 'the server binaries and the source have different major versions',

  NAME_TAKEN: 'there is already a fork or snapshot of that name',
  FORK_NOT_FOUND: 'there is no fork of that name',
  FORK_PROTECTED: 'the fork is protected; unprotect() lets it be destroyed',
  FORK_NOT_READY: 'the fork was never finished, its reset failed, or it is being removed',
  SNAPSHOT_NOT_FOUND: 'there is no finished snapshot of that name',
  SNAPSHOT_PROTECTED: 'the snapshot is protected; unprotect() lets it be destroyed',
  SNAPSHOT_NOT_FORKABLE: 'the record of the snapshot was lost and rebuilt from storage; it can only be removed',
  RESET_UNAVAILABLE:
    'the fork has no snapshot to go back to, or the prepare function that changed it is not given again',
  MOMENT_NOT_COVERED:
    'the WAL that was found does not lead from the snapshot to the moment; the error names the nearest ones',
  MOMENT_NOT_FOUND: 'the WAL has no such transaction or restore point, or several',
  HISTORY_NOT_FOUND: 'no history of that source is kept',
  HISTORY_DIVERGED: 'the source does not go on from the WAL that is kept of it',
  ACCESS_REFUSED: 'a server elsewhere does not let the role in; the error says what is to be changed there',
  STANDBY_NOT_FOUND: 'there is no standby of that name',
  STANDBY_NOT_READY: 'the standby was never finished, or is being removed',
  STANDBY_NOT_STREAMING: 'the standby runs, but its primary sends it no WAL; the error quotes its log',
  IMPORT_NOT_FOUND: 'there is no import of that name',
  IMPORT_NOT_READY: 'the import was never finished, or is being removed',
  EXTENSIONS_MISSING: 'the databases have extensions that the PostgreSQL here does not; the error names them',
  PORT_IN_USE: 'the requested port is taken, or no free port was found',

  DRIVER_NOT_APPLICABLE: 'the storage driver does not serve this path',
  DRIVER_UNSUPPORTED: 'the storage cannot do this',
  DRIVER_NOT_FOUND: 'no installed driver serves this path, or the named one is not installed',
  TARGET_EXISTS: 'what was to be created already exists',
  NO_SPACE: 'the storage is full, or fuller than the thresholds allow',
  PERMISSION_DENIED: 'the user may not do this',
  COPY_MISSING:
    'a snapshot or a clone is missing from its storage: something else removed it, or it was never finished',
  STORAGE_MISSING:
    'a file system is not mounted, a pool not imported or a volume group not there; what lies in it stays on record',
  BUSY: 'something is still in use, or somebody else is about it',

  COMMAND_FAILED: 'an external command ended with an error',
  COMMAND_NOT_FOUND: 'an external command is not installed',
  COMMAND_TIMED_OUT: 'an external command did not end in time',
  ABORTED: 'the caller aborted the operation',
  TIMED_OUT: 'something took longer than its time limit',

  CONTAINER_NOT_FOUND: 'there is no such container or image, or several',
  CONTAINER_REFUSED:
    'the data of the container lie where they cannot be forked, or its engine is of a kind that is not supported',
  ENGINE_UNAVAILABLE:
    'the container engine cannot be reached, does not answer or is another one, or its command is not installed',

  LAUNCHER_NOT_FOUND: 'no installed package starts and stops servers where this one runs',
  SERVER_HIDDEN: 'a server may run where this process can neither see it nor prove that it has ended',
  SERVER_START_FAILED: 'the server of the fork did not start; the error quotes its log',
  SETUP_FAILED: 'the caller’s setup function threw, or was not done when it ended; the error quotes the server’s log',
  POOL_EXHAUSTED: 'no server of a pool became free in time',
  POOL_CLOSED: 'the pool was closed, or the process that fills it has ended',
  PREPARE_FAILED: 'the caller’s prepare function threw',
  VERIFICATION_FAILED: 'a check of the fork failed, or the caller’s verify function threw',
  STATE_UNUSABLE: 'the state directory or a record in it cannot be used',
} as const

/** The `code` of a `PgforkError`. */
export type ErrorCode = keyof typeof errorCodes
