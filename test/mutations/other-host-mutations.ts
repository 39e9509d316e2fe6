import type { Mutation } from './mutation.ts'

const core = 'packages/core/src'
const rbd = 'packages/driver-rbd/src'
const ceph = 'test/integration/ceph-rbd'
const tests = 'test/integration/other-hosts'

/** Of sources on other hosts. */
export const otherHostMutations: readonly Mutation[] = [
  {
    row: 'H95',
    file: `${core}/fork/sanitize-fork.ts`,
    find: 'else await proveImage(dataDirectory, { ...source, evidence })',
    replace: 'else void proveImage',
    test: `${tests}/proof.test.ts`,
  },
  {
    row: 'H95',
    file: `${core}/postgres/source/prove-image.ts`,
    find: 'if (!(await holdsWalUpTo(directory, control, parseLocation(flushed))))',
    replace: 'if (flushed === String(holdsWalUpTo))',
    test: `${tests}/proof.test.ts`,
    names: 'lacks what was committed since',
  },
  {
    row: 'H95',
    file: `${core}/postgres/source/prove-image.ts`,
    find: 'if (redo < parseLocation(redoBefore) || redo > parseLocation(redoAfter))',
    replace: 'if (redo < 0 || redoBefore === redoAfter.repeat(2))',
    test: `${tests}/proof.test.ts`,
    names: 'before the last checkpoint',
  },
  {
    row: 'H96',
    file: `${core}/snapshot/plan-snapshot.ts`,
    find: 'if (off.length === 0) return',
    replace: 'if (off.length < 9) return',
    test: `${tests}/refusals.test.ts`,
  },
  {
    row: 'H97',
    file: `${core}/fork/shared-timelines.ts`,
    find: 'if (shared === undefined) return claimHere(above)',
    replace: 'if (shared === undefined || above > 0) return claimHere(above)',
    test: `${tests}/forks.test.ts`,
    names: 'two hosts that fork at once',
  },
  {
    row: 'H98',
    file: `${rbd}/refuse-wide-key.ts`,
    find: 'if (memory.keyIsNarrow) return',
    replace: 'if (memory.keyIsNarrow !== null) return',
    test: `${ceph}/refusals.test.ts`,
    names: 'a key that may shut out the source',
  },
  {
    row: 'H98',
    file: `${rbd}/refuse-wide-key.ts`,
    find: "if (last.startsWith('Error EACCES'))",
    replace: "if (last !== 'nothing')",
    test: `${rbd}/ask-cluster.test.ts`,
    names: 'a key that may shut out others',
  },
  {
    row: 'H98',
    file: `${rbd}/image-state.ts`,
    find: 'if (dead.length === 0) return',
    replace: 'if (dead.length < 9) return',
    test: `${ceph}/refusals.test.ts`,
    names: 'a source that hangs',
  },
  {
    row: 'H99',
    file: `${rbd}/until-closed.ts`,
    find: 'if (watchers.length === 0) return',
    replace: 'if (watchers.length < 9) return',
    test: `${ceph}/hosts.test.ts`,
    names: 'somebody else has open',
  },
  {
    row: 'H99',
    file: `${rbd}/remove-host.ts`,
    find: 'for (const clone of found.clones) await requireClosed(clone, settings, context)',
    replace: 'void requireClosed',
    test: `${ceph}/hosts.test.ts`,
    names: 'removed when somebody names it',
  },
  {
    row: 'H99',
    file: `${rbd}/names.ts`,
    find: 'parsed?.host === host',
    replace: 'parsed !== undefined && host !== undefined',
    test: `${rbd}/names.test.ts`,
    names: 'a host finds no other one',
  },
  {
    row: 'H125',
    file: `${rbd}/mappers/qemu-daemons.ts`,
    find: ' || !(await isTrusted(pid))',
    replace: ' || isTrusted === undefined',
    test: `${rbd}/mappers/qemu-daemons.test.ts`,
  },
  {
    row: 'H95',
    file: `${core}/postgres/source/find-cluster-on-volume.ts`,
    find: "!end.split('/').includes('..') && ",
    replace: '',
    test: `${core}/postgres/source/find-cluster-on-volume.test.ts`,
  },
  {
    row: 'H99',
    file: `${rbd}/names.ts`,
    find: 'retiredPlace(place, parsed.host,',
    replace: 'retiredPlace(place, hostOf(volume),',
    test: `${rbd}/names.test.ts`,
    names: 'a clone that others came of',
  },
]
