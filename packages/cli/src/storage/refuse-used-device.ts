import { open, stat } from 'node:fs/promises'
import { type CommandRunner, PgforkError } from '@pgfork/core'

const examinedBytes = 1024 * 1024

/**
 * That a block device holds nothing: no partition, no signature of a file system or volume manager, no user, and at its beginning
 * nothing but zeros, since what is encrypted or raw has no signature.
 *
 * @throws PgforkError `TARGET_EXISTS`, `INVALID_OPTION`
 */
export async function refuseUsedDevice(device: string, runner: CommandRunner): Promise<void> {
  const found = await stat(device).catch(() => undefined)
  if (found?.isBlockDevice() !== true)
    throw new PgforkError('INVALID_OPTION', `${device} is no block device.`, { facts: { option: '--device' } })
  const inhabitants = (
    await runner.run('lsblk', ['--noheadings', '--list', '--output', 'NAME,TYPE,MOUNTPOINTS', device])
  ).stdout
  const rows = inhabitants.trim().split('\n')
  if (rows.length > 1) throw used(device, `it has parts or users: ${rows.slice(1).join('; ')}`)
  if (rows[0]?.trim().split(/\s+/).length !== 2) throw used(device, `it is in use: ${rows[0]}`)
  const signatures = (await runner.run('wipefs', ['--noheadings', '--output', 'TYPE', device])).stdout.trim()
  if (signatures !== '') throw used(device, `it holds ${signatures.split('\n').join(', ')}`)
  if (!(await beginsWithZeros(device))) throw used(device, 'it does not begin with zeros')
}

async function beginsWithZeros(device: string): Promise<boolean> {
  const file = await open(device, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(examinedBytes), 0, examinedBytes, 0)
    return buffer.subarray(0, bytesRead).every((byte) => byte === 0)
  } finally {
    await file.close()
  }
}

const used = (device: string, reason: string): PgforkError =>
  new PgforkError(
    'TARGET_EXISTS',
    `${device} is not empty: ${reason}. pgfork overwrites nothing. If it may go, empty the device yourself (blkdiscard, or wipefs --all and zeros over its beginning).`,
    { facts: { device, reason } },
  )
