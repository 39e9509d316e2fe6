export { type ContainedServer, startContained } from './contained-server.ts'
export { type Elsewhere, enter, type Place, startElsewhere, whyNotElsewhere } from './elsewhere.ts'
