export { type LauncherUnderTest, launcherSuite } from './launcher-suite.ts'
