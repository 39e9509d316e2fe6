export { runVerbs, runVerbsWell } from './run-verbs.ts'
