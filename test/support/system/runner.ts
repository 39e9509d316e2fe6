import { createRunner } from '@pgfork/core'

/** The fixtures' own way to run commands: never the recorded or troubled one of the code under test. */
export const runner = createRunner()
