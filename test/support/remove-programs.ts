import { afterAll } from 'vitest'
import { removeCompiled } from './programs/compiled.ts'

/** Vitest setup file. Not left to the end of the process: vitest ends its workers without one that they notice. */
afterAll(removeCompiled)
