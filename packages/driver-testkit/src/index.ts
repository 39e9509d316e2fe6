export { driverSuite } from './driver-suite.ts'
export type { DriverSemantics, DriverSuiteOptions, TestRunner, TestVolume } from './suite-options.ts'
