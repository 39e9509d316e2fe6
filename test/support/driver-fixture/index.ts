export { createContext, type TestContext } from './create-context.ts'
export { dataFile, fillVolume } from './fill-volume.ts'
export { makePair, type Pair } from './make-pair.ts'
export { makeClone, postgres, takeSnapshot } from './verbs.ts'
