export { driverSuite } from './driver-suite.ts'
export { MemoryDriver, type MemoryDriverOptions, type MemoryVerb } from './memory/memory-driver.ts'
export { type MemoryItem, MemoryStorage, type MemoryVolume } from './memory/memory-storage.ts'
export type { DriverSemantics, DriverSuiteOptions, TestRunner, TestVolume } from './suite-options.ts'
