export { composeCommand } from './compose.ts'
export { imageLayout, startEngine, type TestEngine, whyNoEngine } from './engine.ts'
export { type SourceContainer, startSource } from './source-container.ts'
export { type StartedDatabase, startDatabase, startGeneric } from './testcontainers.ts'
