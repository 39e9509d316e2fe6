export { type ExpectNoLeaksOptions, expectNoLeaks } from './expect-no-leaks.ts'
export { type SystemSnapshot, snapshotSystem } from './snapshot-system.ts'
export type { SystemScope } from './system-scope.ts'
