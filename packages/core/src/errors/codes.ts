/**
 * Every code that a `PgforkError` can carry, with what it means. Codes are stable; messages are not.
 * The `REFUSED` ones protect the source; the error's `hazard` names the row of docs/hazards.md.
 */
export const errorCodes = {
  INVALID_OPTION: 'an option has a value of the wrong type or range',
  INVALID_NAME: 'a name holds something that no storage or file system accepts everywhere',

  SOURCE_NOT_FOUND: 'the source directory does not exist or cannot be read',
  SOURCE_NOT_A_CLUSTER: 'the source directory is no PostgreSQL data directory',
  SOURCE_WRONG_OWNER: 'the source belongs to another user than the one who asks',
  SOURCE_NOT_CLEAN: 'the source is stopped, but was not shut down cleanly and may not be copied this way',
  SOURCE_LOST: 'the source stopped or restarted while it was being forked',
  SOURCE_CHANGED: 'the source was found changed after the fork',
  CONNECTION_REQUIRED: 'this needs a connection to the running source and there is none',
  LAYOUT_REFUSED: 'a snapshot would miss, or share with the source, part of its files',
  SETTING_REFUSED: 'a setting of the source or of the caller makes a safe fork impossible',

  BINARIES_NOT_FOUND: 'no PostgreSQL server binaries of the source cluster were found',
  VERSION_MISMATCH: 'server binaries and source cluster are of different major versions',

  NAME_TAKEN: 'there is a fork or snapshot of that name',
  FORK_NOT_FOUND: 'there is no fork of that name',
  FORK_PROTECTED: 'the fork is protected from being destroyed',
  FORK_NOT_READY: 'the fork was never finished or is being removed',
  SNAPSHOT_NOT_FOUND: 'there is no finished snapshot of that name',
  SNAPSHOT_NOT_FORKABLE: 'the record of the snapshot was lost and rebuilt from storage, so that it can only be removed',
  RESET_UNAVAILABLE: 'the fork kept no snapshot to go back to',
  PORT_IN_USE: 'the port asked for is taken, or no free port was found',

  DRIVER_NOT_APPLICABLE: 'the storage driver does not serve this path',
  DRIVER_UNSUPPORTED: 'the storage cannot do this',
  DRIVER_NOT_FOUND: 'no installed driver serves this path, or the named one is not installed',
  TARGET_EXISTS: 'what was to be created exists already',
  NO_SPACE: 'the storage is full or fuller than the thresholds allow',
  PERMISSION_DENIED: 'the user may not do this',
  STORAGE_MISSING: 'a volume, snapshot or clone is not there any more; it may have been removed by other means',
  BUSY: 'something still uses what was to be removed',

  COMMAND_FAILED: 'an external command ended with an error',
  COMMAND_NOT_FOUND: 'an external command is not installed',
  COMMAND_TIMED_OUT: 'an external command did not end in time',
  ABORTED: 'the caller aborted the operation',
  TIMED_OUT: 'a bounded wait came to its end',

  SERVER_START_FAILED: 'the server of the fork did not start; the error quotes its log',
  SETUP_FAILED: 'the caller’s setup function of a template threw; the error quotes the server’s log',
  POOL_EXHAUSTED: 'no server of a pool became free in time',
  POOL_CLOSED: 'the pool was closed, or the process that fills it has ended',
  PREPARE_FAILED: 'the caller’s prepare function threw',
  VERIFICATION_FAILED: 'the fork is not what it must be, or the caller’s verify function threw',
  STATE_UNUSABLE: 'the state directory or a record in it cannot be used',
} as const

export type ErrorCode = keyof typeof errorCodes
