/**
 * Test files that are left to `npm run test:all`, by why. `npm test` is to be over in minutes: what fails because a promise of pgfork's is
 * broken belongs there at least once; what shows the same with other storage, versions or programs, in greater numbers, or over
 * again, stands here.
 */
export const atLength: readonly string[] = Object.values({
  'the same with more kinds of storage': [
    'cli/drivers',
    'consistency/copy',
    'drivers/overlay',
    'standbys/volumes',
    'volumes/nested',
    'volumes/several-drivers',
  ],
  'with other programs': [
    'cli/completion',
    'cli/node-versions',
    'containers/exchanged',
    'containers/layouts',
    'containers/life',
    'containers/strangers',
    'containers/volumes',
    'moment/restore-command',
    'testing/watch',
  ],
  'the same text or data by other ways': [
    'cli/json',
    'cli/life',
    'cli/metrics',
    'docs/command',
    'docs/examples',
    'docs/masking',
  ],
  'by the thousand, or by chance': [
    'consistency/asynchronous-commit',
    'torture/behaviour',
    'torture/crowd',
    'torture/cycles',
    'torture/races',
    'torture/state',
    'torture/swapped',
  ],
  'rarer, and no part of the way to every fork': [
    'ceph-rbd/hosts',
    'ceph-rbd/killed',
    'ceph-rbd/refusals',
    'ceph-rbd/removals',
    'ceph-rbd/two-hosts',
    'cli/branches-changed',
    'containers/engine-failures',
    'create-standby/two-hosts',
    'failure/full-at-every-step',
    'machines/locks',
    'moment/history-checkpoints',
    'moment/history-sources',
    'moment/history-trouble',
    'moment/segments',
    'moment/taken-back',
    'moment/wrong-segments',
    'other-hosts/more-forks',
    'outside-world/subscriptions',
    'recovery/exclusive-backup',
    'security/login-triggers',
    'timelines/power-cut',
  ],
})
  .flat()
  .map((name) => `test/integration/${name}.test.ts`)
