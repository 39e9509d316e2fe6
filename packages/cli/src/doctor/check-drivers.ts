import { readFileSync } from 'node:fs'
import process from 'node:process'
import { findProgram } from './find-program.ts'
import { type Finding, ok, warning } from './finding.ts'

interface Need {
  readonly driver: string
  readonly fileSystem: string
  readonly programs: readonly string[]
  readonly install: string
}

const needs: readonly Need[] = [
  { driver: 'btrfs', fileSystem: 'btrfs', programs: ['btrfs'], install: 'Install btrfs-progs.' },
  { driver: 'zfs', fileSystem: 'zfs', programs: ['zfs'], install: 'Install zfsutils-linux and its kernel module.' },
  { driver: 'lvm', fileSystem: 'LVM', programs: ['lvs', 'lvcreate', 'lvremove'], install: 'Install lvm2.' },
]

/** What this machine has for each driver. None is a problem by itself: copies work everywhere. */
export function checkDrivers(): Finding[] {
  return [...needs.map(checkDriver), checkCopies()]
}

function checkDriver({ driver, fileSystem, programs, install }: Need): Finding {
  const check = `driver.${driver}`
  const missing = programs.filter((name) => findProgram(name) === undefined)
  if (missing.length > 0)
    return warning(check, `${missing.join(', ')} not found: sources on ${fileSystem} can't be served.`, install)
  const mounts = mountsOf(driver)
  const where = mounts.length > 0 ? `; mounted: ${mounts.join(', ')}` : ''
  if (driver !== 'btrfs' && process.geteuid?.() !== 0) {
    const remedy = `Run as root, or set drivers.${driver}.prefix to ["sudo", "-n"] in the configuration.`
    return warning(check, `The tools are there, but its commands need root${where}.`, remedy)
  }
  return ok(check, `The tools are there${where}.`)
}

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
