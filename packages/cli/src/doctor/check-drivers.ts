import { readFileSync } from 'node:fs'
import process from 'node:process'
import { findDocs } from '@pgfork/core/companion'
import type { DriverOptions } from '../config/pgfork-config.ts'
import { findProgram } from './find-program.ts'
import { type Finding, ok, warning } from './finding.ts'
import { rightsFor } from './rights.ts'

interface Need {
  readonly driver: keyof DriverOptions
  readonly fileSystem: string
  readonly programs: readonly string[]
  readonly install: string
  /** Its commands do what only root may. */
  readonly isOfRoot: boolean
}

const needs: readonly Need[] = [
  { driver: 'btrfs', fileSystem: 'Btrfs', programs: ['btrfs'], install: 'Install btrfs-progs.', isOfRoot: false },
  {
    ...{ driver: 'zfs', fileSystem: 'ZFS', programs: ['zfs'], isOfRoot: true },
    install: 'Install zfsutils-linux and its kernel module.',
  },
  {
    ...{ driver: 'lvm', fileSystem: 'LVM', programs: ['lvs', 'lvcreate', 'lvremove'], isOfRoot: true },
    install: 'Install lvm2.',
  },
  {
    ...{ driver: 'rbd', fileSystem: 'Ceph RBD', programs: ['rbd', 'rados', 'ceph'], isOfRoot: true },
    install: 'Install ceph-common.',
  },
]

const mounting: Need = {
  ...{ driver: 'overlay', fileSystem: 'overlayfs', programs: ['mount', 'umount'], isOfRoot: true },
  install: 'Install mount.',
}

/** What this machine has for each driver. None is a problem by itself: copies work everywhere. */
export function checkDrivers(options: DriverOptions = {}): Finding[] {
  const check = (need: Need): Finding => checkDriver(need, (options[need.driver] as WithPrefix | undefined)?.prefix)
  return [...needs.map(check), checkCopies(), namedOnly(check(mounting))]
}

interface WithPrefix {
  readonly prefix?: readonly string[]
}

function checkDriver(
  { driver, fileSystem, programs, install, isOfRoot }: Need,
  prefix: readonly string[] = [],
): Finding {
  const check = `driver.${driver}`
  const missing = programs.filter((name) => findProgram(name) === undefined)
  if (missing.length > 0)
    return warning(check, `${missing.join(', ')} not found: sources on ${fileSystem} can't be served.`, install)
  const mounts = driver === 'overlay' ? [] : mountsOf(driver)
  const where = mounts.length > 0 ? `; mounted: ${mounts.join(', ')}` : ''
  if (isOfRoot && process.geteuid?.() !== 0) {
    if (prefix.length > 0) return ok(check, `The tools are there, and are run by ${prefix.join(' ')}${where}.`)
    const advice = driver === 'overlay' ? overlayAdvice : rightsFor(driver, findDocs())
    return warning(check, `The tools are there, but its commands need root${where}.`, advice)
  }
  return ok(check, `The tools are there${where}.`)
}

/** Its lines would let anybody mount anything, which is no advice to give unasked. */
const overlayAdvice =
  'Nothing else needs it. Where you want it, run pgfork as root, or by sudo without a password: docs/drivers/overlay.md.'

const namedOnly = (finding: Finding): Finding => ({
  ...finding,
  message: `${finding.message} It serves a source only if it is named (--driver overlay).`,
})

function checkCopies(): Finding {
  const mounts = mountsOf('xfs')
  const where =
    mounts.length > 0 ? `XFS, which can share blocks: ${mounts.join(', ')}.` : 'Without XFS or Btrfs it copies bytes.'
  return ok('driver.copy', `Works on every file system. ${where}`)
}

/** As in /proc/self/mounts, where blanks are written as \040. */
function mountsOf(type: string): string[] {
  try {
    const rows = readFileSync('/proc/self/mounts', 'utf8').split('\n')
    return rows.map((row) => row.split(' ')).flatMap(([, place = '', kind]) => (kind === type ? [place] : []))
  } catch {
    return []
  }
}
