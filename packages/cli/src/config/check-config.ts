import { PgforkError } from '@pgfork/core'
import { checkOptions, createForkShape, group, type OptionCheck, optionChecks } from '@pgfork/core/companion'
import { driverNames } from '../context/make-drivers.ts'
import type { PgforkConfig } from './pgfork-config.ts'

const { path, oneOf, isObject } = optionChecks

/** `createFork` tells what is wrong with it, without its secrets. */
const source: OptionCheck = (value, option) => {
  if (typeof value !== 'string' && !isObject(value))
    throw new PgforkError('INVALID_OPTION', `${option} must be a data directory, a connection or source options.`, {
      facts: { option },
    })
}

/** A driver checks its options itself. */
const anyOptions: OptionCheck = (value, option) => {
  if (!isObject(value) || Array.isArray(value))
    throw new PgforkError('INVALID_OPTION', `${option} must be an object of the driver's options.`, {
      facts: { option },
    })
}

const {
  source: _source,
  name: _name,
  lifetime: _lifetime,
  driver: _driver,
  stateDirectory: _stateDirectory,
  runner: _runner,
  signal: _signal,
  onProgress: _onProgress,
  onWarning: _onWarning,
  ...createShape
} = createForkShape

/** @throws PgforkError `INVALID_OPTION` with the file and the key */
export function checkConfig(config: unknown, file: string): PgforkConfig {
  checkOptions<PgforkConfig>(file, config as PgforkConfig, {
    source,
    stateDirectory: path,
    driver: oneOf(driverNames),
    drivers: group({
      ...{ btrfs: anyOptions, zfs: anyOptions, lvm: anyOptions, copy: anyOptions },
      ...{ overlay: anyOptions, rbd: anyOptions },
    }),
    create: group(createShape),
  })
  return config as PgforkConfig
}
