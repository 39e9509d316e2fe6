/** Where files are changed by their paths outside `core/src/files`, and why nobody can lead that elsewhere (H59, H61). */
export interface AllowedCalls {
  readonly why: string
  /** Each file below `packages/` with everything of that kind that it has: functions of node:fs and commands. */
  readonly calls: Readonly<Record<string, string>>
}

export const allowedCalls: readonly AllowedCalls[] = [
  {
    why: 'The state directory has mode 0700, nobody else can exchange it, and nothing in it is ever given away (state-directory.ts).',
    calls: {
      'core/src/import/remove-import.ts': 'rmdir',
      'core/src/state/atomic-file.ts': 'linkSync open renameSync rmSync unlinkSync writeFileSync',
      'core/src/state/claims.ts': 'mkdirSync rmSync',
      'core/src/state/lock-folder.ts': 'mkdirSync mkdtempSync renameSync rmSync writeFileSync',
      'core/src/state/record-store.ts': 'rmSync',
      'core/src/state/remove-lock.ts': 'renameSync rmSync',
      'core/src/state/state-directory.ts': 'mkdirSync',
      'core/src/state/state-identity.ts': 'openSync',
      'core/src/state/witness.ts': 'chmodSync openSync',
      'core/src/upkeep/garbage/find-locks.ts': 'rm',
      'core/src/upkeep/garbage/find-temporary-files.ts': 'rm',
      'testing/src/kept/kept-servers.ts': 'mkdir',
      'testing/src/template/template-record.ts': 'mkdir rm utimes writeFile',
    },
  },
  {
    why: "A base backup's own folder lies in the state directory; what is copied into it is read through descriptors.",
    calls: {
      'core/src/postgres/backup/copy-control-file.ts': 'writeFileSync',
      'core/src/postgres/backup/copy-wal.ts': 'mkdir',
      'core/src/snapshot/remove-snapshot.ts': 'rm',
      'core/src/snapshot/snapshot-in-backup.ts': 'mkdir',
      'core/src/upkeep/garbage/remove-lost-copies.ts': 'rm',
    },
  },
  {
    why: 'Fetched WAL lies in a folder of the state directory; where a command puts it is read through descriptors. The command itself runs as the owner of the source.',
    calls: {
      'core/src/archive/fetch-folders.ts': 'mkdirSync rmSync',
      'core/src/archive/run-restore-command.ts': 'sh',
      'core/src/archive/wal-archive.ts': 'chmodSync renameSync rmSync',
    },
  },
  {
    why: "WAL is kept in a folder of ours with mode 0700, and every folder above it is ours, too (history-folder.ts). The source's is read through descriptors.",
    calls: {
      'core/src/api/remove-history.ts': 'rm',
      'core/src/history/collect-wal.ts': 'chmod open rename',
      'core/src/history/copy-history-files.ts': 'rename writeFile',
      'core/src/history/history-folder.ts': 'chmodSync mkdirSync rmSync',
      'core/src/history/prune-wal.ts': 'rmSync',
    },
  },
  {
    why: "The folders of entries, their marks and mount points are ours, and so is every folder above them (checkPlace); a clone's user gets what is below.",
    calls: {
      'core/src/storage/kit/check-folder.ts': 'chmodSync mkdirSync',
      'core/src/storage/kit/clone-entry.ts': 'rename',
      'core/src/storage/kit/create-entry.ts': 'mkdirSync',
      'core/src/storage/kit/hand-over-entry.ts': 'chmodSync',
      'core/src/storage/kit/make-mount-point.ts': 'mkdirSync',
      'core/src/storage/kit/mark.ts': 'openSync writeFileSync',
      'core/src/storage/kit/remove-entry.ts': 'rm rmdir',
    },
  },
  {
    why: 'A mount point that nothing is mounted at any more, in an entry of ours: rmdir removes nothing but an empty directory and follows no link.',
    calls: {
      'driver-lvm/src/remove.ts': 'rmdir',
      'driver-overlay/src/remove.ts': 'rmdirSync',
      'driver-zfs/src/remove.ts': 'rmdir',
    },
  },
  {
    why: "An entry's files, from a folder of ours that the clone's user was shut out of first: rm enters directories by descriptors, follows no link and stays in the file system.",
    calls: {
      'core/src/storage/kit/remove-files.ts': 'rm',
    },
  },
  {
    why: "What is made lies in an entry with mode 0700 until its server starts. The source is only read: by O_NOFOLLOW, and what is not its owner's is closed (close-foreign.ts, H63).",
    calls: {
      'core/src/postgres/sanitize/drop-privileged-files.ts': 'chmod chown find',
      'driver-copy/src/close-foreign.ts': 'chmod find',
      'driver-copy/src/copy-by-command.ts': 'cp mkdir',
      'driver-copy/src/copy-file.ts': 'copyFile open',
      'driver-copy/src/copy-small-tree.ts': 'chmodSync copyFile lchownSync mkdirSync symlinkSync',
      'driver-copy/src/copy-tree.ts': 'mkdir symlink',
      'driver-copy/src/keep-metadata.ts': 'chmod lchown',
    },
  },
  {
    why: "In an entry's own folder, in which nobody else can make or exchange anything.",
    calls: { 'driver-rbd/src/mappers/qemu.ts': 'rm writeFile', 'driver-rbd/src/remove.ts': 'rm' },
  },
  {
    why: "A word of Ceph's commands, for what lies in a cluster.",
    calls: {
      'driver-rbd/src/claims.ts': 'rm',
      'driver-rbd/src/drop-locks.ts': 'rm',
      'driver-rbd/src/refuse-wide-key.ts': 'rm',
      'driver-rbd/src/remove-image.ts': 'rm',
    },
  },
  {
    why: 'In an entry that is closed to everybody else as yet; the layers stay so when the clone is handed over.',
    calls: {
      'driver-overlay/src/clone.ts': 'chmodSync chownSync mkdirSync',
      'driver-overlay/src/snapshot-of.ts': 'symlinkSync',
    },
  },
  {
    why: 'A folder of a random name in the folder for entries, made by mkdtemp with mode 0700.',
    calls: {
      'driver-copy/src/share-blocks.ts': 'copyFile mkdtemp open rm writeFile',
      'driver-overlay/src/try-mount.ts': 'mkdir mkdtemp rm',
    },
  },
  {
    why: 'A folder of a random name, made by mkdtemp with mode 0700 in the sticky temporary directory: nobody else can exchange it.',
    calls: { 'cli/src/doctor/rehearse.ts': 'mkdtempSync rmSync' },
  },
  {
    why: 'The folder above is ours, as every one above that (checkPlace). rm enters directories by descriptors and follows no link.',
    calls: {
      'core/src/elsewhere/copy-folder.ts': 'chmodSync mkdirSync rmdirSync',
      'core/src/elsewhere/volume.ts': 'mkdir rm',
      'testing/src/template/template-directory.ts': 'chmod mkdir',
    },
  },
  {
    why: 'rm and find run as the owner of the files. What is opened is read with O_NOFOLLOW, if it is his.',
    calls: {
      'core/src/import/build-generation.ts': 'rm',
      'core/src/postgres/server/posix-shared-memory.ts': 'openSync rm',
      'testing/src/template/base-cluster.ts': 'find',
    },
  },
  {
    why: "mkfifo runs as the server's user, whose pipe is opened by the folder's descriptor, with O_NOFOLLOW, and looked at. The sh runs in a container, and rm removes one.",
    calls: {
      'cli/src/storage/docker-volume.ts': 'rm',
      'containers/src/launcher/check-image-version.ts': 'rm sh',
      'containers/src/launcher/maker-pipe.ts': 'mkfifo openSync',
      'containers/src/launcher/remove-containers.ts': 'rm',
      'containers/src/launcher/run-arguments.ts': 'sh',
    },
  },
  {
    why: 'In a folder of /run that is ours alone (checkPlace); mkdir fails where something is, and rmdir follows no link. What is mounted there is named by a descriptor.',
    calls: { 'containers/src/launcher/bind-sources.ts': 'mkdirSync rmdirSync' },
  },
  {
    why: 'A file of a random name, made with O_EXCL and unlinked at once; and O_PATH, which changes nothing.',
    calls: {
      'core/src/command/output-file.ts': 'openSync unlinkSync',
      'core/src/storage/kit/mounts.ts': 'openSync',
    },
  },
  {
    why: "A log that a caller names, with O_NOFOLLOW. For a fork's server it is a descriptor (local-launcher.ts).",
    calls: { 'core/src/command/execa-runner.ts': 'open' },
  },
  {
    why: 'What root makes for a storage lies in folders that only root can change (checkPlace), and nothing that is there is overwritten (wx).',
    calls: {
      'cli/src/storage/fstab.ts': 'rename rm writeFile',
      'cli/src/storage/make-storage.ts': 'mkdir writeFile',
      'cli/src/storage/plan-storage.ts': 'chown',
      'cli/src/storage/remove-storage.ts': 'rm rmdir',
    },
  },
  {
    why: 'The state directory has mode 0700, and nobody else can exchange it.',
    calls: {
      'cli/src/branch/branch-record.ts': 'mkdirSync',
      'cli/src/metrics/outcomes.ts': 'mkdirSync',
      'cli/src/storage/storage-record.ts': 'mkdirSync',
    },
  },
  {
    why: "A hook in the caller's own repository, in folders that only he and root can change (checkPlace), made with O_EXCL; only one that reads as pgfork wrote it is removed.",
    calls: { 'cli/src/branch/hook.ts': 'mkdirSync rmSync writeFileSync' },
  },
  {
    why: 'A device is read, and not written.',
    calls: { 'cli/src/storage/refuse-used-device.ts': 'open' },
  },
]
