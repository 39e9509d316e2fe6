import { type CommandMeaning, installing, interpretCommandError } from '@pgfork/core/driver'

/** Messages of LVM 2.03 and util-linux 2.38 (LC_ALL=C). The first one that matches counts. */
const meanings: readonly CommandMeaning[] = [
  {
    // First: the messages that follow it read as if the group were missing.
    says: /Permission denied|must be superuser|only root can|Operation not permitted|password is required/i,
    code: 'PERMISSION_DENIED',
    advice:
      "Run as root, or give the driver a prefix such as ['sudo', '-n'], with the lines of docs/drivers/lvm.md in sudoers: only root can use " +
      'LVM and mount.',
  },
  {
    says: /device-mapper driver|\/dev\/mapper\/control|Required device-mapper target/i,
    code: 'DRIVER_NOT_APPLICABLE',
    advice:
      'The kernel has no device mapper or no thin target (modprobe dm_thin_pool), or this container has no access to it.',
  },
  {
    says: /insufficient free space|out of (meta)?data space|No space left on device|reached threshold|read-only metadata|needs_check|metadata .* is too low/i,
    code: 'NO_SPACE',
    advice:
      'Remove forks, or extend the thin pool (lvextend) and its metadata (lvextend --poolmetadatasize): ' +
      'lvs -a -o +data_percent,metadata_percent shows both (H55).',
  },
  {
    says: /already exists in volume group|already mounted/i,
    code: 'TARGET_EXISTS',
    advice: 'Choose another name (H6).',
  },
  {
    says: /specify either size or extents|external origin/i,
    code: 'DRIVER_UNSUPPORTED',
    advice: 'The volume is not thin. Move it to a thin volume, or use the copy driver.',
  },
  {
    says: /transaction_id|check of pool .* failed|manual repair/i,
    code: 'DRIVER_UNSUPPORTED',
    advice: 'The thin pool needs repair first: lvmthin(7), "Metadata check and repair".',
  },
  {
    says: /Volume group "[^"]*" not found|Cannot process volume group|is exported/i,
    code: 'STORAGE_MISSING',
    advice:
      'The devices of the group are missing, or it is exported (H72): see vgs and pvs. Nothing of it was touched.',
  },
  {
    says: /Failed to find logical volume|not found|special device .* does not exist/i,
    code: 'COPY_MISSING',
    advice: 'Another tool may have removed it (H57).',
  },
  {
    says: /: not mounted\.|: no mount point specified/,
    code: 'COPY_MISSING',
    advice: 'Another tool may have unmounted it (H57).',
  },
  {
    says: /suspend ioctl .* failed|Failed to suspend/i,
    code: 'BUSY',
    advice: 'Its file system is frozen, perhaps for a backup. fsfreeze --unfreeze ends that.',
  },
  {
    says: /target is busy|Device or resource busy|in use/i,
    code: 'BUSY',
    advice: 'Something is still using it.',
  },
  {
    says: /is not active|inactive|Cannot activate|activation skip/i,
    code: 'DRIVER_UNSUPPORTED',
    advice: 'Activate the volume and its pool first: vgchange --activate y.',
  },
  {
    says: /wrong fs type, bad option, bad superblock|can't read superblock/i,
    code: 'DRIVER_UNSUPPORTED',
    advice: 'The log of the kernel says why: dmesg | tail.',
  },
]

/** The Debian packages of each command; without a line here, it is LVM's. */
const packages: Readonly<Record<string, string>> = {
  mount: 'mount',
  umount: 'mount',
  lsblk: 'util-linux',
  tune2fs: 'e2fsprogs',
}

export const explainCommandError = (error: unknown): unknown =>
  interpretCommandError(error, meanings, installing(packages, 'lvm2 and thin-provisioning-tools'))
