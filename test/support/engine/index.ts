export { startEngine, type TestEngine, whyNoEngine } from './engine.ts'
export { type SourceContainer, startSource } from './source-container.ts'
